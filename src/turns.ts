/**
 * Places for work that many users want who know nothing of each other. What a user has is a lane: runs have the provider
 * of their model, files their vector store. A lane may have at most half of the places that the others leave, so that
 * one whose work never ends leaves places for the next; and lanes take their places in turn, one at a time.
 */
export interface Places {
  readonly size: number
  readonly free: number
  /** Whether the lane may have one more. */
  mayHave: (lane: string) => boolean
  take(lane: string): void
  giveBack(lane: string): void
  /** Whether any work waited for a place when places were given last. */
  readonly waits: boolean
  /** Why work of the lane waits: all places are taken, or all that it may have; undefined where it need not wait. */
  fullFor(lane: string): 'all places' | 'its places' | undefined
  report(): PlacesReport
}

export interface PlacesReport {
  places: number
  taken: number
  /** By lane: what it has now, and whether work of it waits for a place. */
  lanes: Record<string, { taken: number; waits: boolean }>
}

/** Where work waits, lane by lane. */
export interface Queue<Job> {
  /**
   * The first lane after the given one, in some order that stays the same and begins anew at its end; undefined where
   * nothing waits.
   */
  laneAfter(lane: string): Promise<string | undefined>
  /** Takes what is to go first in a lane; undefined where nothing of it can be taken now. */
  take(lane: string): Promise<Job | undefined>
}

export interface Turns extends Places {
  /**
   * Gives free places to what waits, lane after lane, from where the last call has stopped: to all that waits in the
   * first queue, then to the next. None is given when it rejects.
   */
  go<Job>(queues: Queue<Job>[]): Promise<Job[]>
}

/**
 * `changed` is told when work begins to wait for a place and when none waits any more: once for all the time between;
 * of a lane, or, without one, of all of them.
 */
export function createTurns(
  size: number,
  changed: (waits: boolean, lane?: string) => void = () => {},
): Turns {
  const held = new Map<string, number>()
  let taken = 0
  let last = ''
  let waiting = new Set<string | undefined>()

  const has = (lane: string) => held.get(lane) ?? 0
  const mayHave = (lane: string) => has(lane) < size - taken

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

  async function go<Job>(queues: Queue<Job>[]): Promise<Job[]> {
    const given: { lane: string; job: Job }[] = []
    const full = new Set<string | undefined>()
    try {
      for (const queue of queues) await serve(queue, given, full)
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
    given: { lane: string; job: Job }[],
    full: Set<string | undefined>,
  ): Promise<void> {
    /** Lanes that have nothing more for this call, or may have no more. */
    const done = new Set<string>()
    while (taken < size) {
      const lane = await nextLane(queue, done)
      if (lane === undefined) return
      const job = mayHave(lane) ? await queue.take(lane) : undefined
      if (job) {
        take(lane)
        given.push({ lane, job })
        last = lane
      } else {
        done.add(lane)
        if (!mayHave(lane)) full.add(lane)
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
