/**
 * Places for work of many users who do not know each other. Each user has a lane: for runs it is a project on the provider
 * of its model, for files a vector store. A lane may take at most half of the places that the others leave, so that a lane
 * whose work never ends leaves places for the next one. The lanes take their places in turn, one at a time.
 *
 * Lanes may be of a group, as those of one provider. A group may take at most half of what other groups leave as well, and a
 * lane half of what the others leave of that.
 */
export interface Places {
  readonly size: number
  readonly free: number
  /** Whether the lane may take one more place. */
  mayHave: (lane: string) => boolean
  take(lane: string): void
  giveBack(lane: string): void
  /** Whether any work had to wait for a place when places were last given out. */
  readonly waits: boolean
  /**
   * Why work in the lane waits: all places are taken, or all that the lane may take. Undefined when it need not wait.
   */
  fullFor(lane: string): 'all places' | 'its places' | undefined
  report(): PlacesReport
}

export interface PlacesReport {
  places: number
  taken: number
  /** The state of each lane: how many places it holds, and whether work in it waits for a place. */
  lanes: Record<string, { taken: number; waits: boolean }>
}

/** Work that waits, by lane. */
export interface Queue<Job> {
  /**
   * The next lane after the given one. The order is fixed and starts again at its end. Undefined when nothing waits.
   */
  laneAfter(lane: string): Promise<string | undefined>
  /**
   * Takes the first job of a lane. Undefined when there is none, `full` when they have to wait although there are places.
   */
  take(lane: string): Promise<Job | 'full' | undefined>
}

export interface Turns extends Places {
  /**
   * Gives free places to waiting work, lane after lane, starting where the last call stopped. A queue is served
   * only after those before it. At most `most` places are given, and then nothing is told of who waits: there may be more to
   * give. When it rejects, no place was given.
   */
  go<Job>(queues: Queue<Job>[], most?: number): Promise<Job[]>
}

export interface TurnsOptions {
  /** The group of a lane. Without it there are no groups. */
  groupOf?: (lane: string) => string
  changed?: Changed
}

/**
 * Called when work begins to wait for a place, and when none waits any more, but not in between. It is
 * about one lane, or about all of them when `lane` is undefined.
 */
type Changed = (waits: boolean, lane?: string) => void

export function createTurns(size: number, { groupOf, changed = () => {} }: TurnsOptions = {}): Turns {
  const held = new Map<string, number>()
  let taken = 0
  let last = ''
  let waiting = new Set<string | undefined>()

  const has = (lane: string) => held.get(lane) ?? 0
  const ofGroup = (group: string) =>
    held.entries().reduce((sum, [lane, places]) => (groupOf?.(lane) === group ? sum + places : sum), 0)
  const mayHave = (lane: string) => has(lane) + (groupOf ? ofGroup(groupOf(lane)) : 0) < size - taken

  function take(lane: string): void {
    taken++
    held.set(lane, has(lane) + 1)
  }

  function giveBack(lane: string): void {
    taken--
    const left = has(lane) - 1
    if (left > 0) held.set(lane, left)
    else held.delete(lane)
  }

  function tell(now: Set<string | undefined>): void {
    const before = waiting
    waiting = now
    for (const lane of now.difference(before)) changed(true, lane)
    for (const lane of before.difference(now)) changed(false, lane)
  }

  async function go<Job>(queues: Queue<Job>[], most = Infinity): Promise<Job[]> {
    const given: { lane: string; job: Job }[] = []
    const full = new Set<string | undefined>()
    try {
      for (const queue of queues) await serve(queue, { given, full, most })
      if (given.length === most) return given.map(({ job }) => job)
      for (const queue of taken === size ? queues : []) {
        if ((await queue.laneAfter('')) !== undefined) full.add(undefined)
      }
    } catch (error) {
      for (const { lane } of given) giveBack(lane)
      throw error
    }
    tell(full)
    return given.map(({ job }) => job)
  }

  async function serve<Job>(
    queue: Queue<Job>,
    {
      given,
      full,
      most,
    }: { given: { lane: string; job: Job }[]; full: Set<string | undefined>; most: number },
  ): Promise<void> {
    /** Lanes with no more work for this call, and lanes that may take no more places. */
    const done = new Set<string>()
    while (taken < size && given.length < most) {
      const lane = await nextLane(queue, done)
      if (lane === undefined) return
      const job = mayHave(lane) ? await queue.take(lane) : 'full'
      if (job !== 'full' && job !== undefined) {
        take(lane)
        given.push({ lane, job })
        last = lane
      } else {
        done.add(lane)
        if (job === 'full') full.add(lane)
      }
    }
  }

  async function nextLane(queue: Queue<unknown>, done: Set<string>): Promise<string | undefined> {
    const first = await queue.laneAfter(last)
    let lane = first
    while (lane !== undefined && done.has(lane)) {
      lane = await queue.laneAfter(lane)
      if (lane === first) return undefined
    }
    return lane
  }

  return {
    size,
    get free() {
      return size - taken
    },
    get waits() {
      return waiting.size > 0
    },
    mayHave,
    take,
    giveBack,
    fullFor: (lane) => (waiting.has(lane) ? 'its places' : waiting.has(undefined) ? 'all places' : undefined),
    report: () => ({
      places: size,
      taken,
      lanes: Object.fromEntries(
        [...new Set([...held.keys(), ...waiting])].flatMap((lane) =>
          lane === undefined ? [] : [[lane, { taken: has(lane), waits: waiting.has(lane) }]],
        ),
      ),
    }),
    go,
  }
}
