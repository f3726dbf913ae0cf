import { wholeCode } from './code-input.ts'
import type { Engine } from './engine.ts'
import type { Recorder } from './recorder.ts'
import type { RunFiles } from './run-files.ts'
import type { TurnResult } from './turn.ts'
import { unlessAborted } from './unless-aborted.ts'

/**
 * Runs our own tools of a turn, one after another, and closes its step; or leaves the step open and the run waiting
 * for the caller's functions. A call of a tool that the run does not have is answered at once, so that the model can
 * correct itself.
 */
export async function runTools(
  { codeInterpreter }: Engine,
  recorder: Recorder,
  { tools, usage }: TurnResult,
  files: RunFiles,
  signal: AbortSignal,
): Promise<'done' | 'waiting'> {
  if (!tools) return 'done'
  const { request } = recorder.run
  const functions = new Set(
    request.tools.flatMap((tool) => (tool.type === 'function' ? tool.function.name : [])),
  )
  const interpreter = request.tools.some((tool) => tool.type === 'code_interpreter')
  const waiting = []
  await tools.save()
  for (const [place, call] of tools.calls.entries()) {
    if (call.name === 'code_interpreter' && interpreter) {
      const result = await unlessAborted(
        codeInterpreter.run(
          recorder.run,
          wholeCode(call.arguments),
          files.inputs.map((file) => file.id),
          (output) => tools.output(place, output),
          signal,
        ),
        signal,
      )
      tools.tell(place, result)
    } else if (functions.has(call.name)) {
      const { id, name, arguments: text } = call
      waiting.push({ id, type: 'function' as const, function: { name, arguments: text || '{}' } })
    } else {
      tools.tell(place, `Error: there is no tool named '${call.name}'.`)
    }
  }
  if (waiting.length > 0) {
    await tools.await(waiting, usage)
    return 'waiting'
  }
  await tools.complete(usage)
  return 'done'
}
