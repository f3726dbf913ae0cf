import { fencedBlocks, withoutFence } from '../../models/code-fence.ts'
import { lenientJson } from '../../models/lenient-json.ts'

/** A code interpreter call's program, or what the model is to be told where there is none. */
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

/** What models call the program when they do not call it `code`, what they put around it, and what they say beside it. */
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
 * Finds the program in the arguments of a call: under its name or another, as one text or a list of lines, with or
 * without a code fence and prose around it, in JSON that is nearly right, or without any JSON. Text that looks like
 * JSON and cannot be read is no program.
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

/** Without the signs that belong to a model's own format of calls. */
function withoutMarks(text: string): string {
  let whole = text
  for (let mark; (mark = /<\|\w+\|>$/.exec(whole.trimEnd()));) whole = whole.slice(0, mark.index)
  const tagged = /^\s*<(tool_call|function_call)>([^]*?)(?:<\/\1>\s*)?$/.exec(whole)
  return tagged?.[2] ?? whole
}

/** The one block of code in a text; the text itself where it has none, and undefined where it has several. */
function withoutProse(text: string): string | undefined {
  const [block, more] = fencedBlocks(text)
  return more === undefined ? (block ?? withoutFence(text)) : undefined
}

/** JSON, also where quotes are not escaped that should have been: with one key only it is clear where the text ends. */
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
 * Whether the quotes in a text divide it into several: a second value, strings that are added, a string of three
 * quotes. In Python no word follows a string at once.
 */
function hasPieces(text: string): boolean {
  if (/^""(?!")/.test(text) || /"\s*,\s*"\w+"\s*:/.test(text)) return true
  const strings = text.matchAll(/\\[^]|"((?:\\[^]|[^"\\])*)"(?=(\w?))/g)
  return [...strings].some(([, inside, next]) => Boolean(next) || /^\s*\+\s*$/.test(inside ?? ''))
}

/** Python has brackets and quotes at its beginning as well, of other kinds. */
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
  // Arguments that were made JSON twice. Other lists and dicts are Python as well.
  if (!isCall(inside)) return { code: text }
  return depth < maxDepth ? programIn(inside, depth + 1) : unread
}

const beginsLikeCall = new RegExp(`^[[\\s]*\\{\\s*["'](${[...names, ...around].join('|')})["']\\s*:`)

/** Whether what a program's whole text says is a call of ours, or the lines of a program. */
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
    // Notebooks keep the line breaks in their lines.
    return value.join(value[0]?.endsWith('\n') ? '' : '\n')
  }
  const entries = Object.entries(value).filter(([key]) => !beside.test(key))
  const named = names.flatMap((name) => entries.filter(([key]) => key === name))
  const texts = entries.filter(([, one]) => typeof one === 'string' || Object(one) === one)
  const [best] = named.length > 0 ? named : texts.length === 1 ? texts : []
  return best && find(best[1], depth + 1)
}
