import type { RunUsage } from '../contract/runs.ts'
import type { RunWork } from './run-work.ts'
import { ToolFailure } from '../tools/tool-failure.ts'
import type { CallsWriter } from './transcript.ts'
import { unlessAborted } from './unless-aborted.ts'

/**
 * Runs the calls of a turn one after another, and finishes their step. When the caller has to answer any of them, the
 * step stays open and the run waits.
 */
export async function runCalls(
  writer: CallsWriter,
  usage: RunUsage,
  { timeline, signal }: Pick<RunWork, 'timeline' | 'signal'>,
): Promise<'done' | 'waiting'> {
  // Another server may have taken the run: then nothing of it runs here, and what has run is never without its step.
  const runsHere = writer.calls.some(({ isOfCaller, asksFirst }) => !isOfCaller && !asksFirst)
  await writer.save(usage, runsHere ? 'on disk' : 'soon')
  let waits = false
  for (const [place, call] of writer.calls.entries()) {
    const span = timeline.begin('tool_call', writer.describe(place))
    span.show?.({ arguments: argumentsOf(call) })
    writer.started(place)
    const outcome = await unlessAborted(
      call.run((delta) => writer.show(place, delta), signal),
      signal,
    ).catch((error: unknown) => {
      if (!signal.aborted && error instanceof ToolFailure) span.fail(error.message)
      throw error
    })
    await writer.settled(place, outcome)
    // The timeline has the wait for the caller from the events of the run.
    if ('waitsFor' in outcome) span.drop()
    else {
      span.show?.({ result: outcome.toolResult })
      if (outcome.error === undefined) span.end()
      else span.fail(outcome.error)
    }
    waits ||= 'waitsFor' in outcome
  }
  if (waits) await writer.wait()
  else await writer.complete(usage)
  return waits ? 'waiting' : 'done'
}

/** Where they are no text of their own, the call has them in what the API shows of it. */
const argumentsOf = ({ toolArguments, details }: CallsWriter['calls'][number]): string =>
  toolArguments ?? ('arguments' in details ? String(details.arguments) : JSON.stringify(details))
