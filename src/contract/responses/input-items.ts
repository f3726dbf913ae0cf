import {
  missing,
  notOneOf,
  reading,
  Refused,
  refuseOthers,
  textIn,
  unsupported,
  wrongType,
  isFields,
  type Fields,
} from './refused.ts'
import { refuseImageUrl } from './image-urls.ts'
import { readInputFile } from './input-files.ts'
import type { InputImage, InputPart, Item, OutputPart, Role } from './items.ts'
import { prefixOf } from './items.ts'
import {
  readApprovalRequest,
  readApprovalResponse,
  readCodeInterpreterCall,
  readFileSearchCall,
  readMcpCall,
  readMcpListTools,
} from './served-items.ts'
import {
  isReferenceToPicture,
  readComputerCall,
  readComputerCallOutput,
  readImageGenerationCall,
  readWebSearchCall,
} from './hosted-items.ts'
import { ofAnswers, readCompaction, readReasoning } from './reasoning-items.ts'
import { refuseForgiven } from './strict-items.ts'

/** An item of a request: the item without its id where it has none yet, or a reference to one that is stored. */
export type InputItem = { given: GivenItem } | { reference: string }
export type GivenItem = Item extends infer Kind
  ? Kind extends Item
    ? Omit<Kind, 'id'> & { id?: string }
    : never
  : never

type Path = (string | number)[]

/** In characters, of a text as input. */
export const maxInput = 10_485_760

/** Every type of item that the API knows, in the order of its error text. */
const knownTypes =
  'additional_tools agent_message apply_patch_call apply_patch_call_output code_interpreter_call compaction compaction_trigger computer_call computer_call_output custom_tool_call custom_tool_call_output file_search_call function_call function_call_output image_generation_call item_reference local_shell_call local_shell_call_output mcp_approval_request mcp_approval_response mcp_call mcp_list_tools message multi_agent_call multi_agent_call_output program program_output reasoning shell_call shell_call_output tool_search_call tool_search_output web_search_call'.split(
    ' ',
  )
const roles = ['assistant', 'system', 'developer', 'user'] as const
const partTypes =
  'input_text input_image input_audio output_text refusal input_file computer_screenshot summary_text encrypted_content'.split(
    ' ',
  )
const userParts = ['input_text', 'input_image', 'input_file', 'scoped_content', 'input_audio']
const assistantParts = ['output_text', 'refusal']
/** A text or a list of items. A text is a message of the user. `isStrict` refuses what is otherwise forgiven. */
const inputOf = (isStrict: boolean) =>
  reading((value): InputItem[] => {
    if (typeof value === 'string') {
      if (value.length > maxInput) throw tooLong(value)
      return value === '' ? [] : [{ given: userMessage(value) }]
    }
    if (!Array.isArray(value)) throw wrongType([], 'one of a string or array of input items', value)
    return readItems(value, isStrict)
  })
export const input = inputOf(false)
export const strictInput = inputOf(true)

/** A list of items, for what takes no text. */
export function readItems(value: unknown[], isStrict: boolean): InputItem[] {
  const items = value.map((one, at) => {
    if (isStrict) refuseForgiven(one, [at])
    return readItem(one, [at])
  })
  const seen = new Set<string>()
  return items.filter((one) => {
    const id = 'given' in one ? one.given.id : one.reference
    if (id === undefined) return true
    // The AI SDK names a picture for each of its drafts.
    if (seen.has(id) && (isStrict || 'given' in one)) throw duplicate(id)
    const isNew = !seen.has(id)
    seen.add(id)
    return isNew
  })
}

const tooLong = (value: string) =>
  new Refused({
    code: 'string_above_max_length',
    message: `Invalid '{param}': string too long. Expected a string with maximum length ${maxInput}, but got a string with length ${value.length} instead.`,
  })

const duplicate = (id: string) =>
  new Refused({
    code: null,
    message: `Duplicate item found with id ${id.slice(0, 100)}. Remove duplicate items from your input and try again.`,
  })

const userMessage = (text: string): GivenItem => ({
  type: 'message',
  status: 'completed',
  content: [{ type: 'input_text', text }],
  role: 'user',
})

function readItem(value: unknown, path: Path): InputItem {
  if (!isFields(value)) throw wrongType(path, 'an input item', value)
  const type = value['type'] ?? (isReference(value) ? 'item_reference' : 'message')
  if (typeof type !== 'string' || !knownTypes.includes(type)) throw notOneOf(path, type, knownTypes)
  if (type === 'item_reference') {
    refuseOthers(value, ['id', 'type'], path)
    return { reference: textIn(value, 'id', path) }
  }
  if (isReferenceToPicture(value)) return { reference: textIn(value, 'id', path) }
  const read = readers[type]
  if (!read) throw unsupported([...path, 'type'], `Items of type '${type}' are not supported by this server.`)
  const given = { ...idOf(value, type as Item['type']), ...read(value, path) } as GivenItem
  // What is listed has no address of a picture unless that was asked for. The item that is stored has it.
  if (given.id === undefined) refusePictureless(given, path)
  return { given }
}

/** Refuses a picture of which nothing says where it is. `path` is that of the item. */
export function refusePictureless(given: GivenItem, path: Path): void {
  const [field, parts] = partsOf(given)
  const at = parts.findIndex(isPictureless)
  if (at >= 0) throw missing([...path, ...(isScreenshot(given) ? [field] : [field, at]), 'image_url'])
}

/** Whether the output of a call is a picture, and no list of parts. */
export const isScreenshot = ({ type }: GivenItem): boolean => type === 'computer_call_output'

/**
 * The parts of a message, or of the output of a call, and the name of the field that they are in. What a computer shows is a
 * picture like those that are sent.
 */
export function partsOf(given: GivenItem): ['content' | 'output', (InputPart | OutputPart)[]] {
  if (given.type === 'message') return ['content', given.content]
  if (given.type === 'computer_call_output')
    return ['output', [{ detail: 'auto', ...given.output, type: 'input_image' }]]
  return ['output', 'output' in given && Array.isArray(given.output) ? (given.output as InputPart[]) : []]
}

export const isPictureless = (part: InputPart | OutputPart): boolean =>
  part.type === 'input_image' && part.file_id === undefined && part.image_url === undefined

const isReference = (value: Fields) =>
  typeof value['id'] === 'string' && !('role' in value) && !('content' in value)

/** An id that some other server has given is not kept. */
function idOf({ id }: Fields, type: Item['type']): { id?: string } {
  return typeof id === 'string' && /^[\w-]{1,128}$/.test(id) && id.startsWith(prefixOf(type).slice(0, 2))
    ? { id }
    : {}
}

const readers: Partial<Record<string, (value: Fields, path: Path) => object>> = {
  message: readMessage,
  reasoning: readReasoning,
  function_call: (value, path) => ({ type: 'function_call', ...readCall(value, path, 'arguments') }),
  custom_tool_call: (value, path) => ({ type: 'custom_tool_call', ...readCall(value, path, 'input') }),
  function_call_output: (value, path) => readOutput(value, path, 'function_call_output'),
  compaction: readCompaction,
  custom_tool_call_output: (value, path) => readOutput(value, path, 'custom_tool_call_output'),
  code_interpreter_call: readCodeInterpreterCall,
  file_search_call: readFileSearchCall,
  mcp_list_tools: readMcpListTools,
  mcp_call: readMcpCall,
  mcp_approval_request: readApprovalRequest,
  mcp_approval_response: readApprovalResponse,
  web_search_call: readWebSearchCall,
  image_generation_call: readImageGenerationCall,
  computer_call: readComputerCall,
  computer_call_output: readComputerCallOutput,
}

function readMessage(value: Fields, path: Path): object {
  const { role, content, phase } = value
  if (!roles.some((one) => one === role)) throw notOneOf(path, role, roles)
  const own = role === 'assistant' ? ['phase'] : []
  refuseOthers(value, [...ofAnswers, 'role', 'content', ...own], path)
  if (content === undefined || content === null) throw missing([...path, 'content'])
  const phases = ['commentary', 'final_answer']
  if (typeof phase === 'string' && !phases.includes(phase)) throw notOneOf([...path, 'phase'], phase, phases)
  return {
    type: 'message',
    status: 'completed',
    content: readContent(content, role as Role, [...path, 'content']),
    ...(typeof phase === 'string' && { phase }),
    role,
  }
}

function readContent(content: unknown, role: Role, path: Path): (InputPart | OutputPart)[] {
  if (typeof content === 'string')
    return [role === 'assistant' ? outputText(content) : { type: 'input_text', text: content }]
  if (!Array.isArray(content)) throw wrongType(path, 'one of a string or array of content parts', content)
  return content.map((part: unknown, at) => readPart(part, role, [...path, at]))
}

const outputText = (text: string, annotations: object[] = []): OutputPart => ({
  type: 'output_text',
  annotations,
  logprobs: [],
  text,
})

function readPart(part: unknown, role: Role, path: Path): InputPart | OutputPart {
  if (!isFields(part)) throw wrongType(path, 'an object', part)
  const { type } = part
  if (typeof type !== 'string' || !partTypes.includes(type))
    throw notOneOf([...path, 'type'], type, partTypes)
  const allowed = role === 'assistant' ? assistantParts : userParts
  if (!allowed.includes(type)) throw notOneOf(path, type, allowed)
  switch (type) {
    case 'output_text': {
      refuseOthers(part, ['type', 'text', 'annotations', 'logprobs', 'parsed'], path)
      const { annotations } = part
      return outputText(textIn(part, 'text', path), Array.isArray(annotations) ? annotations : [])
    }
    case 'refusal':
      return { type, refusal: textIn(part, 'refusal', path) }
    default:
      return readInputPart(part, path)
  }
}

function readInputPart(part: Fields, path: Path): InputPart {
  const { type } = part
  if (type === 'input_text') {
    refuseOthers(part, ['type', 'text', 'prompt_cache_breakpoint'], path)
    return { type, text: textIn(part, 'text', path) }
  }
  if (type === 'input_image') return readImage(part, path)
  if (type === 'input_file') return readInputFile(part, path)
  throw unsupported([...path, 'type'], `Parts of type '${String(type)}' are not supported by this server.`)
}

const details = ['low', 'high', 'auto', 'original'] as const

function readImage(part: Fields, path: Path): InputImage {
  refuseOthers(part, ['type', 'image_url', 'file_id', 'detail', 'prompt_cache_breakpoint'], path)
  const { image_url, file_id, detail = 'auto' } = part
  const known = details.find((one) => one === (detail ?? 'auto'))
  if (!known) throw notOneOf([...path, 'detail'], detail, details)
  const shown = { type: 'input_image' as const, detail: known }
  if (typeof file_id === 'string') return { ...shown, file_id }
  if (image_url === undefined || image_url === null) return shown
  const address = textIn({ image_url }, 'image_url', path)
  refuseImageUrl(address, [...path, 'image_url'])
  return { ...shown, image_url: address }
}

function readCall(value: Fields, path: Path, text: 'arguments' | 'input'): object {
  refuseOthers(value, [...ofAnswers, 'call_id', 'name', text], path)
  const call = { call_id: callId(value, path), name: textIn(value, 'name', path) }
  const status = value['status'] === 'incomplete' ? 'incomplete' : 'completed'
  return { status, [text]: textIn(value, text, path), ...call }
}

function readOutput(value: Fields, path: Path, type: string): object {
  refuseOthers(value, [...ofAnswers, 'call_id', 'output', 'name'], path)
  const { output } = value
  if (output === undefined || output === null) throw missing([...path, 'output'])
  const parts = (list: unknown[]) =>
    list.map((one: unknown, at) => readPart(one, 'user', [...path, 'output', at]))
  if (typeof output !== 'string' && !Array.isArray(output))
    throw wrongType([...path, 'output'], 'one of a string or array of content parts', output)
  return {
    type,
    status: 'completed',
    call_id: callId(value, path),
    output: typeof output === 'string' ? output : parts(output),
  }
}

/** At most 64 characters (as recorded), and room for those of other servers. */
function callId(value: Fields, path: Path): string {
  const id = textIn(value, 'call_id', path)
  if (id.length >= 1 && id.length <= 256) return id
  throw new Refused({
    code: id === '' ? 'empty_string' : 'string_above_max_length',
    path: [...path, 'call_id'],
    message: `Invalid '{param}': expected a string of 1 to 256 characters.`,
  })
}
