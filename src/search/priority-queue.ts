/** What decides when it is a job's turn. It is read when a turn is given: a job may come to be awaited in the line. */
export interface Priority {
  /** How much work it is: the size of its file. */
  readonly bytes: number
  /** Whether somebody waits for it. */
  readonly awaited: boolean
}

/** Where jobs wait for a thread that works on one at a time. */
export interface PriorityQueue<Job> {
  push(job: Job, rank: Priority): void
  /** Takes the job whose turn it is; undefined where none waits. */
  shift(): Job | undefined
  /** Whether the job was there still. */
  remove(job: Job): boolean
  /** Takes all, as they came. */
  clear(): Job[]
}

/** How many times as much work a job that nobody waits for counts. */
const unawaited = 16
/** In bytes: what even an empty file costs. */
const leastCost = 16 * 2 ** 10

/**
 * Small jobs and those that somebody waits for go first, past large ones that came before. Each is passed by a limited
 * amount of work only, in proportion to its own, so that a large one does not wait for ever behind ever new small ones.
 */
export function createPriorityQueue<Job>(): PriorityQueue<Job> {
  const waiting: { job: Job; rank: Priority; arrived: number }[] = []
  /** Work that has had its turn, in bytes. */
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
