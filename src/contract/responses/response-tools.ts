import { jsonSchema } from '../json-schema.ts'
import { strictFault } from '../strict-schema.ts'
import { readCodeInterpreter, type CodeInterpreterTool } from './code-interpreter-tool.ts'
import type { McpTool } from '../mcp.ts'
import { readFileSearch, type FileSearchTool } from './file-search-tool.ts'
import {
  hostedKindOf,
  isHosted,
  isHostedType,
  readHostedTool,
  shownHostedTool,
  type HostedResponseTool,
  type ShownHostedTool,
} from './hosted-response-tools.ts'
import { readMcp, shownMcpTool, type ShownMcpTool } from './mcp-response-tool.ts'
import {
  isFields,
  missing,
  notOneOf,
  reading,
  Refused,
  refuseOthers,
  textIn,
  unsupported,
  wrongType,
  type Fields,
} from './refused.ts'

/** A tool of a request, with its defaults. */
export type ResponseTool =
  | FunctionTool
  | CustomTool
  | CodeInterpreterTool
  | FileSearchTool
  | McpTool
  | HostedResponseTool

export interface FunctionTool {
  type: 'function'
  description: string | null
  name: string
  parameters: Record<string, unknown> | null
  strict: boolean
}

export interface CustomTool {
  type: 'custom'
  description: string | null
  format: { type: 'text' } | { type: 'grammar'; syntax: string; definition: string }
  name: string
}

export type ResponseToolChoice =
  | 'none'
  | 'auto'
  | 'required'
  | { type: 'function' | 'custom'; name: string }
  | { type: ServedType | HostedResponseTool['type'] }
  | { type: 'mcp'; server_label: string; name?: string }
  | { type: 'allowed_tools'; mode: 'auto' | 'required'; tools: Fields[] }

type Path = (string | number)[]

const maxTools = 128
/** Every type of tool that the API knows. */
const knownTypes =
  'function file_search computer computer_use computer_use_preview web_search web_search_2025_08_26 web_search_preview web_search_preview_2025_03_11 mcp code_interpreter image_generation local_shell shell apply_patch custom tool_search namespace'.split(
    ' ',
  )

export const responseTools = reading((value): ResponseTool[] => {
  if (!Array.isArray(value)) throw wrongType([], 'an array of tools', value)
  if (value.length > maxTools)
    throw new Refused({
      code: 'array_above_max_length',
      message: `Invalid '{param}': array too long. Expected an array with maximum length ${maxTools}, but got an array with length ${value.length} instead.`,
    })
  const tools = value.map((one: unknown, at) => readTool(one, [at]))
  refuseSameNames(tools)
  return tools
})

/** A model calls tools by name and could not tell them apart. */
function refuseSameNames(tools: ResponseTool[]): void {
  const keys = tools.map((tool) => (tool.type === 'mcp' ? `${nameOf(tool)}__` : nameOf(tool)))
  const at = keys.findIndex((key, place) => keys.indexOf(key) !== place)
  const twice = tools[at]
  if (!twice) return
  const message = `Invalid '{param}': there is another tool named '${nameOf(twice)}'.`
  throw new Refused({ code: 'invalid_value', path: [at], message })
}

const nameOf = (tool: ResponseTool): string =>
  tool.type === 'mcp'
    ? tool.server_label
    : 'name' in tool
      ? tool.name
      : (hostedKindOf(tool.type) ?? tool.type)

/** A tool as answers show it. */
export type ShownTool = Exclude<ResponseTool, McpTool | HostedResponseTool> | ShownMcpTool | ShownHostedTool
export function shownTool(tool: ResponseTool): ShownTool {
  if (tool.type === 'mcp') return shownMcpTool(tool)
  return isHosted(tool) ? shownHostedTool(tool) : tool
}

const readers: Readonly<Record<string, (value: Fields, path: Path) => ResponseTool>> = {
  function: readFunction,
  custom: readCustom,
  code_interpreter: readCodeInterpreter,
  file_search: readFileSearch,
  mcp: readMcp,
}

function readTool(value: unknown, path: Path): ResponseTool {
  if (!isFields(value)) throw wrongType(path, 'an object', value)
  const type = textIn(value, 'type', path)
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined
  if (read) return read(value, path)
  if (isHostedType(type)) return readHostedTool(value, path)
  if (!knownTypes.includes(type)) throw notOneOf([...path, 'type'], type, knownTypes)
  throw unsupported(
    [...path, 'type'],
    `The hosted tool '${type}' is not supported by this server.${hintOf(type)}`,
  )
}

/** What does the same as a tool that is not served. */
const hintOf = (type: string): string =>
  type === 'computer_use_preview'
    ? " Use 'computer' in its place, which takes the size of the display from the screenshots and calls several actions at once."
    : ''

function readName(value: Fields, path: Path): string {
  const name = textIn(value, 'name', path)
  if (/^[a-zA-Z0-9_-]{1,128}$/.test(name)) return name
  throw new Refused({
    code: 'invalid_value',
    path: [...path, 'name'],
    message:
      "Invalid '{param}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
  })
}

function describedBy({ description = null }: Fields, path: Path): string | null {
  if (description === null || typeof description === 'string') return description
  throw wrongType([...path, 'description'], 'a string', description)
}

function readFunction(value: Fields, path: Path): FunctionTool {
  const name = readName(value, path)
  refuseOthers(value, ['type', 'name', 'description', 'parameters', 'strict', 'output_schema'], path)
  const { strict = null, parameters = null } = value
  if (strict !== null && typeof strict !== 'boolean')
    throw wrongType([...path, 'strict'], 'a boolean', strict)
  const description = describedBy(value, path)
  const schema = parameters === null ? null : schemaOf(parameters, name, [...path, 'parameters'])
  return {
    type: 'function',
    description,
    name,
    parameters: schema,
    // As in the original: where it is left out, it depends on whether the schema can be held to strictly.
    strict: strict ?? (schema !== null && strictFault(schema) === undefined),
  }
}

function schemaOf(given: unknown, name: string, path: Path): Record<string, unknown> {
  const parsed = jsonSchema.safeParse(given)
  if (!parsed.success) throw wrongType(path, 'an object', given)
  const { type = 'object' } = parsed.data
  if (type === 'object') return parsed.data
  throw new Refused({
    code: 'invalid_function_parameters',
    path,
    message: `Invalid schema for function '${name}': schema must be a JSON Schema of 'type: "object"', got 'type: ${JSON.stringify(type).slice(0, 100)}'.`,
  })
}

function readCustom(value: Fields, path: Path): CustomTool {
  const name = readName(value, path)
  refuseOthers(value, ['type', 'name', 'description', 'format'], path)
  const { format } = value
  return {
    type: 'custom',
    description: describedBy(value, path),
    format: formatOf(format, [...path, 'format']),
    name,
  }
}

const syntaxes = ['lark', 'regex']

/** A grammar is not enforced by the models of most providers, so it is refused. */
function formatOf(format: unknown, path: Path): CustomTool['format'] {
  if (format === undefined || format === null) return { type: 'text' }
  if (!isFields(format)) throw wrongType(path, 'an object', format)
  if (format['type'] === 'text') return { type: 'text' }
  if (format['type'] !== 'grammar') throw notOneOf([...path, 'type'], format['type'], ['text', 'grammar'])
  const syntax = textIn(format, 'syntax', path)
  if (!syntaxes.includes(syntax)) throw notOneOf([...path, 'syntax'], syntax, syntaxes)
  return { type: 'grammar', syntax, definition: textIn(format, 'definition', path) }
}

/** Tools that the server runs itself, which are chosen by their type, as those of providers are. */
const servedTypes = ['code_interpreter', 'file_search'] as const
type ServedType = (typeof servedTypes)[number]

const modes = ['none', 'auto', 'required'] as const

export const responseToolChoice = reading((value): ResponseToolChoice => {
  if (typeof value === 'string') {
    const mode = modes.find((one) => one === value)
    if (!mode) throw notOneOf([], value, modes)
    return mode
  }
  if (!isFields(value)) throw wrongType([], "one of an object or 'none', 'auto', or 'required'", value)
  const type = textIn(value, 'type', [])
  const read = readChoice(type, value)
  refuseOthers(value, Object.keys(read), [])
  return read
})

function readChoice(type: string, value: Fields): Exclude<ResponseToolChoice, string> {
  if (type === 'function' || type === 'custom') return { type, name: textIn(value, 'name', []) }
  const served = servedTypes.find((one) => one === type)
  if (served) return { type: served }
  if (isHostedType(type)) return { type }
  if (type === 'mcp') {
    const { name } = value
    const named = name === undefined || name === null ? {} : { name: textIn(value, 'name', []) }
    return { type, server_label: textIn(value, 'server_label', []), ...named }
  }
  if (type !== 'allowed_tools')
    throw unsupported(['type'], `The tool '${type}' is not supported by this server.${hintOf(type)}`)
  const { mode = 'auto', tools } = value
  if (mode !== 'auto' && mode !== 'required') throw notOneOf(['mode'], mode, ['auto', 'required'])
  if (tools === undefined) throw missing(['tools'])
  if (!Array.isArray(tools) || !tools.every(isFields))
    throw wrongType(['tools'], 'an array of objects', tools)
  return { type, mode, tools: tools.map((one, at) => readAllowed(one, ['tools', at])) }
}

/** A tool of the list is named as it is chosen alone. What is null was left out. */
function readAllowed(value: Fields, path: Path): Fields {
  const type = textIn(value, 'type', path)
  refuseOthers(value, ['type', 'name', 'server_label'], path)
  const isNamed = type === 'function' || type === 'custom' || (value['name'] ?? null) !== null
  return {
    type,
    ...(type === 'mcp' && { server_label: textIn(value, 'server_label', path) }),
    ...(isNamed && { name: textIn(value, 'name', path) }),
  }
}
