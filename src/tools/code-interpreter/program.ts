import { fencedBlocks, withoutFence } from '../../models/code-fence.ts'
import { lenientJson } from '../../models/lenient-json.ts'

/** The program of a call, or what the model is told when there is none. */
export type ParsedProgram = { code: string } | { problem: string }

const askFor =
  'Call code_interpreter with {"code": "..."}, the whole program as one JSON string. Nothing was run.'
const missing: ParsedProgram = {
  problem: `Error: the parameter 'code' is missing or holds no program. ${askFor}`,
}
const unread: ParsedProgram = {
  problem: `Error: the arguments with the parameter 'code' are no valid JSON. ${askFor}`,
}

const several: ParsedProgram = {
  problem: `Error: the parameter 'code' holds several blocks of code, and only one can be meant. ${askFor}`,
}

/**
 * Names that models give to the program instead of `code`, keys that they wrap it in, and keys that they add beside it.
 */
const names = [
  'code',
  'source',
  'source_code',
  'python_code',
  'python',
  'script',
  'program',
  'command',
  'cell',
  'input',
  'content',
]
const around = ['arguments', 'parameters', 'args']
const beside =
  /^(language|lang|timeout|title|name|file|filename|path|description|comment|thought|session_id|id|type|restart)$/

const maxDepth = 4

/**
 * Finds the program in the arguments of a call. It may be under another name, one text or a list of lines, inside a
 * code fence or prose, in JSON with small mistakes, or without any JSON. Text that looks like JSON and cannot be parsed
 * is not a program.
 */
export function readProgram(argumentsText: string): ParsedProgram {
  const text = withoutMarks(argumentsText)
  const bare = withoutProse(text)
  if (bare === undefined) return several
  const start = bare.trimStart()
  if (start === '') return missing
  const value = readJson(start)
  if (value !== undefined) return programIn(value, 0)
  return looksLikeJson(start) || isMarkup(start) ? unread : { code: bare }
}

/** Removes the tokens with which some models mark a call. */
function withoutMarks(text: string): string {
  let whole = text
  for (let mark; (mark = /<\|\w+\|>$/.exec(whole.trimEnd()));) whole = whole.slice(0, mark.index)
  const tagged = /^\s*<(tool_call|function_call)>([^]*?)(?:<\/\1>\s*)?$/.exec(whole)
  return tagged?.[2] ?? whole
}

/** The only code block of a text. The text itself when it has no code block, and undefined when it has several. */
function withoutProse(text: string): string | undefined {
  const [block, more] = fencedBlocks(text)
  return more === undefined ? (block ?? withoutFence(text)) : undefined
}

/** Parses JSON, also when quotes in the text are not escaped. With only one key it is clear where the text ends. */
function readJson(start: string): unknown {
  const value = lenientJson(start)
  if (value !== undefined) return value
  const single = /^\{\s*"(\w+)"\s*:\s*"([^]*)"\s*\}[\s}\]]*$/.exec(start)
  const text = single?.[2] ?? ''
  if (!single || hasPieces(text)) return undefined
  return lenientJson(
    `{"${single[1]}":"${text.replace(/\\[^]|"/g, (char) => (char === '"' ? '\\"' : char))}"}`,
  )
}

/**
 * True when the quotes divide the text into several: a second value, a concatenation, or a string in triple quotes. In
 * Python no word directly follows a string.
 */
function hasPieces(text: string): boolean {
  if (/^""(?!")/.test(text) || /"\s*,\s*"\w+"\s*:/.test(text)) return true
  const strings = text.matchAll(/\\[^]|"((?:\\[^]|[^"\\])*)"(?=(\w?))/g)
  return [...strings].some(([, inside, next]) => Boolean(next) || /^\s*\+\s*$/.test(inside ?? ''))
}

/** Python may also begin with a bracket or a quote, but in another form. */
const looksLikeJson = (start: string) =>
  start.startsWith('{') ||
  /^\[\s*(["']|$)/.test(start) ||
  (/^"(?!"")/.test(start) && !/^"[^"\n]*"\s*\S/.test(start))

const isMarkup = (start: string) => start.startsWith('<')

function programIn(value: unknown, depth: number): ParsedProgram {
  const found = find(value, 0)
  if (found === undefined) return missing
  const text = withoutProse(withoutMarks(found.toWellFormed()))
  if (text === undefined) return several
  const start = text.trim()
  if (start === '') return missing
  if (isMarkup(start)) return unread
  const inside = readJson(start)
  if (inside === undefined) return beginsLikeCall.test(start) ? unread : { code: text }
  // These are arguments that were encoded as JSON twice. Any other list or dict is Python.
  if (!isCall(inside)) return { code: text }
  return depth < maxDepth ? programIn(inside, depth + 1) : unread
}

const beginsLikeCall = new RegExp(`^[[\\s]*\\{\\s*["'](${[...names, ...around].join('|')})["']\\s*:`)

/** True when the text of the program is itself the arguments of a call, or a list of lines. */
function isCall(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return isStatement(value)
  if (value === null || typeof value !== 'object' || depth >= maxDepth) return false
  if (Array.isArray(value)) {
    const lines = value.every((line) => typeof line === 'string') && value.some(isStatement)
    const calls = value.every((item) => typeof item === 'object' && isCall(item, depth + 1))
    return lines || (calls && value.length > 0)
  }
  const keys = Object.keys(value)
  const ours = keys.filter((key) => names.includes(key) || around.includes(key))
  return (
    ours.length > 0 &&
    keys.every((key) => ours.includes(key) || beside.test(key)) &&
    find(value, 0) !== undefined
  )
}

const isStatement = (line: string) => /\w\(|^[ \t]*(import|from)[ \t]|^[ \t]*\w+[ \t]*=[^=]/m.test(line)

function find(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return value
  if (value === null || typeof value !== 'object' || depth >= maxDepth) return undefined
  if (Array.isArray(value)) {
    if (value.length === 1) return find(value[0], depth + 1)
    if (value.length === 0 || !value.every((line) => typeof line === 'string')) return undefined
    // In notebooks, each line includes its line break.
    return value.join(value[0]?.endsWith('\n') ? '' : '\n')
  }
  const entries = Object.entries(value).filter(([key]) => !beside.test(key))
  const named = names.flatMap((name) => entries.filter(([key]) => key === name))
  const texts = entries.filter(([, one]) => typeof one === 'string' || Object(one) === one)
  const [best] = named.length > 0 ? named : texts.length === 1 ? texts : []
  return best && find(best[1], depth + 1)
}
