import type { ToolCall } from '../../api/runs.ts'
import { count } from '../quantities.ts'

/** Names of tools as a person says them. Tools of the server's operator and functions keep their own. */
const names: Record<string, string> = { code_interpreter: 'Python', file_search: 'File search' }

export const toolName = (type: string | null): string => (type === null ? 'tool' : (names[type] ?? type))

/** What a call is about, in the line that opens it. */
export function callInWords(call: ToolCall): { tool: string; line: string } {
  const tool = toolName(call.type)
  if (call.type === 'code_interpreter') return { tool, line: firstLine(call.code_interpreter.input) }
  if (call.type === 'file_search') {
    // While it streams in, there are none yet.
    const results = call.file_search.results ?? []
    const files = [...new Set(results.map(({ file_name }) => file_name))].join(', ')
    const passages = `${count(results.length)} ${results.length === 1 ? 'passage' : 'passages'}`
    return { tool, line: files ? `${passages} of ${files}` : passages }
  }
  if (call.type === 'function') return { tool: call.function.name, line: firstLine(call.function.arguments) }
  return { tool, line: firstLine(ownDetails(call).arguments) }
}

/** The details of a call of a tool that the operator of the server has added: they are under the name of its type. */
export function ownDetails(call: ToolCall): { arguments: string; output: string | null } {
  const details = (call as unknown as Record<string, unknown>)[call.type] as
    | { arguments?: string; output?: string | null }
    | undefined
  return { arguments: details?.arguments ?? '', output: details?.output ?? null }
}

export const firstLine = (text: string): string => {
  const line = text.trim().split('\n', 1)[0] ?? ''
  return line.length > 160 ? `${line.slice(0, 160)}…` : line
}

/** JSON with indents; other text, and JSON with mistakes, as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
