import { withoutFence } from './code-fence.ts'
import { lenientJson } from './lenient-json.ts'

/** A code interpreter call's program, or what the model is to be told where there is none. */
export type Program = { code: string } | { problem: string }

const askFor =
  'Call code_interpreter with {"code": "..."}, the whole program as one JSON string. Nothing was run.'
const missing: Program = { problem: `Error: the parameter 'code' is missing or holds no program. ${askFor}` }
const unread: Program = {
  problem: `Error: the arguments with the parameter 'code' are no valid JSON. ${askFor}`,
}

/** What models call the program when they do not call it `code`, and what they say beside it. */
const names = [
  'code',
  'source',
  'source_code',
  'python_code',
  'python',
  'script',
  'program',
  'cell',
  'input',
  'content',
]
const beside =
  /^(language|lang|timeout|title|name|file|filename|path|description|comment|thought|session_id|id|type)$/

/**
 * Finds the program in the arguments of a call: under its name or another, as one text or a list of lines, with or
 * without a code fence, in JSON that is nearly right, or without any JSON. Text that looks like JSON and cannot be
 * read is no program.
 */
export function readProgram(argumentsText: string): Program {
  const text = withoutFence(argumentsText)
  const start = text.trimStart()
  if (start === '') return missing
  const value = lenientJson(text)
  if (value !== undefined) return programIn(value)
  const single = /^\{\s*"(\w+)"\s*:\s*"([^]*)"\s*\}\s*$/.exec(start)
  // Quotes that should have been escaped: with one key only it is clear where the text ends.
  if (single && !/"\s*,\s*"\w+"\s*:/.test(single[2] ?? '')) {
    const quoted = `{"${single[1]}":"${(single[2] ?? '').replace(/\\[^]|"/g, (char) => (char === '"' ? '\\"' : char))}"}`
    const mended = lenientJson(quoted)
    if (mended !== undefined) return programIn(mended)
  }
  return looksLikeJson(start) ? unread : { code: text }
}

/** Python has brackets and quotes at its beginning as well, of other kinds. */
const looksLikeJson = (start: string) =>
  start.startsWith('{') ||
  /^\[\s*(["']|$)/.test(start) ||
  (/^"(?!"")/.test(start) && !/^"[^"\n]*"\s*\S/.test(start))

function programIn(value: unknown): Program {
  const found = find(value, 0)
  if (found === undefined) return missing
  const code = withoutFence(found)
  return code.trim() === '' ? missing : { code }
}

function find(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return unwrap(value, depth)
  if (value === null || typeof value !== 'object' || depth > 3) return undefined
  if (Array.isArray(value)) {
    if (value.length === 1) return find(value[0], depth + 1)
    if (value.length === 0 || !value.every((line) => typeof line === 'string')) return undefined
    // Notebooks keep the line breaks in their lines.
    return value.join(value[0]?.endsWith('\n') ? '' : '\n')
  }
  const entries = Object.entries(value).filter(([key]) => !beside.test(key))
  const named = names.flatMap((name) => entries.filter(([key]) => key === name))
  const [best] = named.length > 0 ? named : entries.length === 1 ? entries : []
  return best && find(best[1], depth + 1)
}

/** Arguments that were made JSON twice. */
function unwrap(text: string, depth: number): string {
  if (!/^\s*\{\s*"code"\s*:/.test(text) || depth > 3) return text
  const value = lenientJson(text)
  return (value !== undefined && find(value, depth + 1)) || text
}
