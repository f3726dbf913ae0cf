/**
 * Decides the order of jobs. It is read when a job is taken, because a user may begin to wait for a job that is already
 * in the queue.
 */
export interface Priority {
  /** The amount of work, which is the size of the file. */
  readonly bytes: number
  /** Whether a user waits for the job. */
  readonly awaited: boolean
}

/** Jobs that wait for a thread, which works on one job at a time. */
export interface PriorityQueue<Job> {
  push(job: Job, rank: Priority): void
  /** Takes the next job. Undefined when the queue is empty. */
  shift(): Job | undefined
  /** Removes a job. Returns whether it was still in the queue. */
  remove(job: Job): boolean
  /** Removes and returns all jobs, in the order of their arrival. */
  clear(): Job[]
}

/** The factor by which the cost of a job is increased when nobody waits for it. */
const unawaited = 16
/** The cost of an empty file, in bytes. */
const leastCost = 16 * 2 ** 10

/**
 * Small jobs and jobs that somebody waits for come before large ones that arrived earlier. But only a limited amount of
 * work, in proportion to its own cost, can pass a job, so that a large job does not wait forever.
 */
export function createPriorityQueue<Job>(): PriorityQueue<Job> {
  const waiting: { job: Job; rank: Priority; arrived: number }[] = []
  /** The sum of the costs of all jobs that were taken, in bytes. */
  let served = 0
  const costOf = ({ bytes }: Priority) => bytes + leastCost
  const turnOf = ({ rank, arrived }: { rank: Priority; arrived: number }) =>
    arrived + costOf(rank) * (rank.awaited ? 1 : unawaited)

  return {
    push(job, rank) {
      waiting.push({ job, rank, arrived: served })
    },
    shift() {
      const [one] = waiting
      if (!one) return undefined
      const first = waiting.reduce((best, next) => (turnOf(next) < turnOf(best) ? next : best), one)
      waiting.splice(waiting.indexOf(first), 1)
      served += costOf(first.rank)
      return first.job
    },
    remove(job) {
      const place = waiting.findIndex((one) => one.job === job)
      if (place >= 0) waiting.splice(place, 1)
      return place >= 0
    },
    clear: () => waiting.splice(0).map(({ job }) => job),
  }
}
