import { nowSeconds } from '../clock.ts'
import { endsRun, pausesRun, type EventId, type RunEvent } from '../contract/run-events.ts'
import { isTerminal, type RunStatus } from '../contract/run-status.ts'
import type { Run } from '../contract/runs.ts'
import { noUsage } from '../contract/usage.ts'
import { resumeAfter } from '../store/run-log.ts'
import { runProgress } from '../store/runs.ts'
import type { Context } from './context.ts'
import { replayRun, type Replayed } from './replay-run.ts'

/** How long a reader trusts the wake-ups of its process before it looks on disk, in milliseconds. */
const lookAgain = 1_000

export interface Follow {
  /** The last event that the reader has seen. */
  from: EventId
  /**
   * `pause`: until the run is over or waits for its caller, as a stream of the original did. `end`: through what is
   * past, then until there is nothing more to wait for.
   */
  until: 'pause' | 'end'
}

/**
 * The events of a run after `from`: first from disk, then live, in batches; it returns after the last one. Leaving it
 * ends only the follower, never the run. A reader that is slow holds a bounded number of events.
 */
export async function* followRun(
  ctx: Context,
  run: Run,
  { from, until }: Follow,
  signal: AbortSignal,
): AsyncGenerator<RunEvent[], void> {
  const runId = run.id
  using live = ctx.log.attach(runId)
  let seen = from
  // A delta is shown before it is on disk; a reader that comes back may have seen one last.
  let sure = from.seq === 0
  // The disk is asked at first, and again only when what comes live cannot be all.
  let look = true
  while (!signal.aborted) {
    let events = live.take(seen.seq + 1)
    // Where another attempt writes, it may have begun before what this reader was shown.
    const again = !sure && (events[0]?.attempt ?? 0) > seen.attempt
    if (again || (events.length === 0 && (look || live.missed(seen.seq + 1)))) {
      const read = await unseen(ctx, runId, seen)
      events = read.events
      // What comes behind all that is on disk is shown live.
      if (events.length > 0) look = read.more
      look ||= again
    }
    const newest = events.at(-1)
    if (!newest) {
      const found = look ? await runProgress(ctx.db, runId) : undefined
      if (look && !found) {
        yield [lastOfDeleted(run, seen)]
        return
      }
      if (found && nothingToCome(found, seen.seq)) return
      look = (await live.wait(lookAgain, signal)) === 'silence'
      continue
    }
    if (until === 'pause') {
      const pause = events.findIndex(({ event }) => pausesRun(event))
      if (pause >= 0) {
        yield events.slice(0, pause + 1)
        return
      }
    }
    yield events
    if (endsRun(newest.event)) return
    seen = newest
    sure = !newest.event.endsWith('.delta')
    look ||= pausesRun(newest.event)
  }
}

/** What is on disk after `seen`. Numbers that a lost attempt had shown and not written were given again. */
async function unseen(ctx: Context, runId: string, seen: EventId): Promise<Replayed> {
  const place = seen.seq === 0 ? 0 : await resumeAfter(ctx.db, runId, seen)
  const { events, more } = await replayRun(ctx, runId, place)
  return { events: events.filter(({ attempt, seq }) => attempt > seen.attempt || seq > seen.seq), more }
}

/** The run is over or waits for its caller, and the reader has seen all of it. */
const nothingToCome = (run: { last_event: number; status: RunStatus }, seen: number): boolean =>
  run.last_event <= seen && (isTerminal(run.status) || run.status === 'requires_action')

/**
 * The last event of a run whose rows were gone before its reader had them. One that was not over then has been cancelled
 * by whoever deleted its thread. Clients take a stream without a last event for a failure.
 */
function lastOfDeleted(run: Run, { attempt, seq }: EventId): RunEvent {
  const ended: Run = isTerminal(run.status)
    ? run
    : {
        ...run,
        status: 'cancelled',
        expires_at: null,
        cancelled_at: nowSeconds(),
        required_action: null,
        usage: noUsage,
      }
  return { attempt, seq: seq + 1, event: `thread.run.${ended.status}`, data: JSON.stringify(ended) }
}
