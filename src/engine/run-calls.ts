import type { RunUsage } from '../contract/runs.ts'
import type { CallsWriter } from './transcript.ts'
import { unlessAborted } from './unless-aborted.ts'

/**
 * Runs the calls of a turn one after another, and finishes their step. When the caller has to answer any of them, the
 * step stays open and the run waits.
 */
export async function runCalls(
  writer: CallsWriter,
  usage: RunUsage,
  signal: AbortSignal,
): Promise<'done' | 'waiting'> {
  writer.save(usage)
  let waits = false
  for (const [place, call] of writer.calls.entries()) {
    const outcome = await unlessAborted(
      call.run((delta) => writer.show(place, delta), signal),
      signal,
    )
    writer.settled(place, outcome)
    waits ||= 'waitsFor' in outcome
  }
  if (waits) await writer.wait()
  else await writer.complete(usage)
  return waits ? 'waiting' : 'done'
}
