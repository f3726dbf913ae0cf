import type { ToolCall } from '../contract/run-steps.ts'

/** What a model is told of a call's result where nothing else was kept for it. */
export function resultOf(call: ToolCall): string {
  if (call.type === 'function') return call.function.output ?? ''
  if (call.type === 'file_search') return JSON.stringify(call.file_search.results)
  const lines = call.code_interpreter.outputs.map((output) =>
    output.type === 'logs' ? output.logs : '[picture]',
  )
  return lines.join('\n') || '(no output)'
}
