import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { lenientJson } from './lenient-json.ts'

/** Finds the tool that a model means by a name. Undefined when it was not offered. */
export type FindTool = (name: string) => LanguageModelV4FunctionTool | undefined

export interface WrittenCalls {
  /** Each call has its arguments as JSON. */
  calls: { name: string; input: string }[]
  /** The text after the last call. */
  rest: string
}

/**
 * The marks around calls in the formats that models were trained to write: Hermes and Qwen, Phi, Mistral, Llama. Calls
 * can begin with any of them.
 */
const marks =
  /^(?:<\/?(?:tool_calls?|tools|function_calls?)>|<\|\/?tool_call\|>|<\|python_tag\|>|\[TOOL_CALLS\])/
/** What may come between calls and after them. */
const between = /^(?:\s+|[;,]|<\|(?:eom_id|eot_id|im_end)\|>|<\/s>)/
/** A surplus bracket after a call. */
const surplus = /^[}\]]/
/** A code fence that is followed by calls. */
const fence = /^```(?:json|xml|tool_calls?)?\s*(?=[[{<])/
/** Mistral's forms `f[ARGS]{…}` and `f{…}`. */
const named = /^([\w.-]{1,100})(?:\[CALL_ID\]\w*)?(?:\[ARGS\])?\s*(?=\{)/
/**
 * `<function=f>…</function>` of Qwen's coding models and of Llama, and `f<arg_key>…</arg_value>` of GLM, with their
 * fields.
 */
const forms = [
  {
    head: /^<function=([\w.-]{1,100})>\s*/,
    end: '</function>',
    open: '<parameter=',
    middle: '>',
    close: '</parameter>',
  },
  {
    head: /^([\w.-]{1,100})\s*(?=<arg_key>)/,
    end: '</tool_call>',
    open: '<arg_key>',
    middle: '<arg_value>',
    close: '</arg_value>',
  },
] as const
type Form = (typeof forms)[number]
const closingMark = /<\/(?:tool_calls?|tools|function_calls?|function)>|```/

/** The keys that a JSON object has when it is a call. */
const nameKeys = ['name', 'function', 'tool', 'tool_name']
const inputKeys = ['arguments', 'parameters', 'args']
const otherKeys = ['type', 'id', 'index']
export const callKeys = [...nameKeys, ...inputKeys, ...otherKeys, 'tool_calls']

/**
 * Reads the calls at the beginning of a text. Undefined when there are none, or when one names a tool that was not
 * offered. Without a mark before it, an object is only a call when it contains nothing else. When the text is `whole`,
 * brackets may be missing at its end.
 */
export function parseWrittenCalls(text: string, find: FindTool, whole: boolean): WrittenCalls | undefined {
  const calls: WrittenCalls['calls'] = []
  let rest = text
  let lastEnd = text
  let marked = false
  let fenced = false
  for (;;) {
    const skipped =
      between.exec(rest) ??
      (calls.length > 0 ? surplus.exec(rest) : null) ??
      marks.exec(rest) ??
      (fenced ? /^```/ : fence).exec(rest)
    if (skipped) {
      marked ||= marks.test(rest)
      if (rest.startsWith('```')) fenced = !fenced
      rest = rest.slice(skipped[0].length)
      if (skipped[0].trim() !== '') lastEnd = rest
      continue
    }
    const next = rest === '' ? undefined : nextCalls(rest, { find, marked, whole })
    if (next) {
      calls.push(...next.calls)
      rest = next.rest
      lastEnd = rest
    } else return calls.length > 0 && next !== null ? { calls, rest: lastEnd } : undefined
  }
}

interface Reading {
  find: FindTool
  marked: boolean
  whole: boolean
}

/** Null when a call names a tool that was not offered. */
function nextCalls(text: string, { find, marked, whole }: Reading): WrittenCalls | null | undefined {
  for (const form of forms) {
    const [head, name = ''] = (marked || form.open === '<parameter=' ? form.head.exec(text) : null) ?? []
    if (head === undefined) continue
    const tool = find(name)
    if (!tool) return null
    const end = text.indexOf(form.end, head.length)
    if (end < 0 && !whole) return undefined
    const body = text.slice(head.length, end < 0 ? undefined : end)
    const input = body.startsWith('{') ? inputOf(lenientJson(body)) : typed(body, form, tool)
    return input === undefined
      ? undefined
      : { calls: [{ name, input }], rest: end < 0 ? '' : text.slice(end + form.end.length) }
  }
  const [head = '', name] = (marked && named.exec(text)) || []
  const json = text.slice(head.length)
  const end = /^[[{]/.test(json) ? endOfJson(json, whole) : 0
  if (end === 0) return undefined
  const value = lenientJson(json.slice(0, end))
  const found = name === undefined ? callsIn(value, marked) : [{ name, input: inputOf(value) }]
  if (!found || found.length === 0) return undefined
  const calls: WrittenCalls['calls'] = []
  for (const { name: called, input } of found) {
    if (input === undefined) return undefined
    if (!find(called)) return null
    calls.push({ name: called, input })
  }
  return { calls, rest: json.slice(end) }
}

type Found = { name: string; input: string | undefined }

function callsIn(value: unknown, marked: boolean): Found[] | undefined {
  if (Array.isArray(value)) {
    const each = value.map((item) => callIn(item, marked))
    return each.some((call) => !call) ? undefined : each.flatMap((call) => call ?? [])
  }
  if (isRecord(value) && Array.isArray(value['tool_calls']) && Object.keys(value).length === 1)
    return callsIn(value['tool_calls'], marked)
  const call = callIn(value, marked)
  return call && [call]
}

function callIn(value: unknown, marked: boolean): Found | undefined {
  if (!isRecord(value)) return undefined
  if (isRecord(value['function'])) return callIn(value['function'], marked)
  if (!marked && Object.keys(value).some((key) => !callKeys.includes(key))) return undefined
  const name = nameKeys.map((key) => value[key]).find((given) => typeof given === 'string')
  const key = inputKeys.find((one) => one in value)
  if (name === undefined || (key === undefined && !marked)) return undefined
  return { name, input: inputOf(key === undefined ? {} : (value[key] ?? {})) }
}

/** Some models write the arguments as a string that contains JSON. */
function inputOf(value: unknown): string | undefined {
  if (typeof value === 'string') return isRecord(lenientJson(value)) ? value : undefined
  return isRecord(value) ? JSON.stringify(value) : undefined
}

/** The fields of a call, each converted to the type in its schema. */
function typed(body: string, { open, middle, close }: Form, tool: LanguageModelV4FunctionTool): string {
  const fields: [string, unknown][] = []
  for (let at = 0; ;) {
    const begin = body.indexOf(open, at)
    const between = body.indexOf(middle, begin)
    const end = body.indexOf(close, between)
    if (begin < 0 || between < 0 || end < 0) return JSON.stringify(Object.fromEntries(fields))
    const key = body
      .slice(begin + open.length, between)
      .replace('</arg_key>', '')
      .trim()
    const text = body.slice(between + middle.length, end).replace(/^\n|\n$/g, '')
    const schema = tool.inputSchema.properties?.[key]
    const isText = typeof schema === 'object' && [schema.type].flat().includes('string')
    fields.push([key, (isText ? undefined : lenientJson(text.trim())) ?? text])
    at = end + close.length
  }
}

/** The position after a value that begins with a bracket. 0 when the value has no end and is not meant to have one. */
function endOfJson(text: string, whole: boolean): number {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (inString) {
      if (char === '\\') at++
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (char === '{' || char === '[') depth++
    else if ((char === '}' || char === ']') && --depth === 0) return at + 1
  }
  const closing = whole ? text.search(closingMark) : 0
  return closing < 0 ? text.length : closing
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
