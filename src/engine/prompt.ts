import type {
  JSONValue,
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
} from '@ai-sdk/provider'
import { lenientJson } from '../models/lenient-json.ts'
import type { CallsTurn, Content, Conversation, Picture } from './conversation.ts'
import type { LoadImage } from './images.ts'
import { withRecentPictures } from './recent-pictures.ts'

type Said = (LanguageModelV4TextPart | LanguageModelV4FilePart)[]
type Assistant = Extract<LanguageModelV4Message, { role: 'assistant' }>

/**
 * Builds the prompt: the system text, then the conversation with each tool call at its place. `hosted` are the names of tools of the
 * provider that the model is offered.
 */
export async function toPrompt(
  system: string,
  { turns, brokeOff }: Conversation,
  loadPicture: LoadImage,
  hosted: ReadonlySet<string> = new Set(),
): Promise<LanguageModelV4Prompt> {
  const loadImage = loadOnce(loadPicture)
  const prompt: LanguageModelV4Prompt = system === '' ? [] : [{ role: 'system', content: system }]
  for (const turn of await withRecentPictures(turns, loadImage)) {
    if (turn.speaker === 'system') instruct(prompt, turn.text)
    else if (turn.speaker === 'tools')
      addCalls(prompt, turn, await load(turn.said, loadImage), await loadShown(turn, loadImage, hosted))
    else {
      const content = await load(turn.content, loadImage)
      if (turn.speaker === 'user') prompt.push({ role: 'user', content })
      else sayAsAssistant(prompt, content)
    }
  }
  if (brokeOff && prompt.at(-1)?.role === 'assistant') prompt.push(goOn)
  return prompt
}

/**
 * Many providers take instructions at the beginning of a prompt only. Later ones are said to come from the developer,
 * without the weight of a system message, so nothing is won by forging them.
 */
function instruct(prompt: LanguageModelV4Prompt, text: string): void {
  if (prompt.every(({ role }) => role === 'system')) prompt.push({ role: 'system', content: text })
  else
    prompt.push({ role: 'user', content: [{ type: 'text', text: `Instruction of the developer:\n${text}` }] })
}

function loadOnce(loadImage: LoadImage): LoadImage {
  const loaded = new Map<Picture, ReturnType<LoadImage>>()
  return (picture) => {
    const known = loaded.get(picture) ?? loadImage(picture)
    loaded.set(picture, known)
    return known
  }
}

async function load(content: Content[], loadImage: LoadImage): Promise<Said> {
  const said: Said = []
  for (const part of content) said.push(part.type === 'text' ? { ...part } : await loadImage(part))
  return said
}

export const goOnText = 'Your answer broke off here. Go on from there, and repeat nothing of it.'

/**
 * Text that was finished before the answer was cut off stays in the conversation. Many providers refuse a prompt that ends
 * with the assistant's text, so the user asks the model to continue.
 */
const goOn: LanguageModelV4Message = { role: 'user', content: [{ type: 'text', text: goOnText }] }

/** The finished text that the model is asked to continue. Empty when the prompt does not ask for that. */
export function brokenOffText(prompt: LanguageModelV4Prompt): string {
  const said = prompt.at(-1) === goOn ? prompt.at(-2) : undefined
  if (said?.role !== 'assistant') return ''
  return said.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('')
}

/** White, 64 pixels wide. Stands where a provider wants a picture as the output of a call and the one it gave is too old. */
const blankPicture =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAEAAAABAAQAAAACCEkxzAAAAEklEQVR42mP4DwUMo4xRBukMAOPT/hAC2mzjAAAAAElFTkSuQmCC'

interface Shown {
  /** By the id of the call. */
  outputs: Map<string, JSONValue>
  /** Those that only the user can show. */
  pictures: Said
}

async function loadShown(
  { calls }: CallsTurn,
  loadImage: LoadImage,
  hosted: ReadonlySet<string>,
): Promise<Shown> {
  const outputs: Shown['outputs'] = new Map()
  const pictures: Said = []
  for (const { id, name, shows } of calls) {
    if (!shows) continue
    const loaded = shows.picture && (await loadImage(shows.picture))
    const url = hosted.has(name) ? (loaded ? urlOf(loaded) : blankPicture) : undefined
    if (url !== undefined) outputs.set(id, shows.asOutput(url) as JSONValue)
    else if (loaded) pictures.push(loaded)
  }
  return { outputs, pictures }
}

function urlOf(part: LanguageModelV4FilePart | LanguageModelV4TextPart): string | undefined {
  if (part.type !== 'file') return undefined
  const { data, mediaType } = part
  if (data.type === 'url') return data.url.href
  if (data.type !== 'data') return undefined
  const bytes = typeof data.data === 'string' ? data.data : Buffer.from(data.data).toString('base64')
  return `data:${mediaType};base64,${bytes}`
}

/** `said` is the text of the model in the same turn as the calls. */
function addCalls(
  prompt: LanguageModelV4Prompt,
  { calls, reasoning }: CallsTurn,
  said: Said,
  { outputs, pictures }: Shown,
): void {
  if (calls.length === 0) return
  const thoughts = reasoning.map(({ text, metadata }) => ({
    type: 'reasoning' as const,
    text,
    providerOptions: metadata,
  }))
  const parts = calls.map((call) => ({
    type: 'tool-call' as const,
    toolCallId: call.id,
    toolName: call.name,
    input: inputOf(call.arguments),
    ...(call.metadata && { providerOptions: call.metadata }),
  }))
  sayAsAssistant(prompt, [...thoughts, ...said, ...parts])
  prompt.push({
    role: 'tool',
    content: calls.map((call) => ({
      type: 'tool-result' as const,
      toolCallId: call.id,
      toolName: call.name,
      output: outputOf(call.result, outputs.get(call.id)),
    })),
  })
  if (pictures.length > 0) prompt.push({ role: 'user', content: pictures })
}

const outputOf = (text: string, value: JSONValue | undefined) =>
  value === undefined ? { type: 'text' as const, value: text } : { type: 'json' as const, value }

/** Joins turns of the assistant that follow each other, because some providers refuse two of them in a row. */
function sayAsAssistant(prompt: LanguageModelV4Prompt, content: Assistant['content']): void {
  const last = prompt.at(-1)
  if (last?.role === 'assistant') last.content.push(...content)
  else prompt.push({ role: 'assistant', content: [...content] })
}

function inputOf(given: string): unknown {
  const input = lenientJson(given || '{}')
  // Providers accept only an object here. Anything else is wrapped, so that the model still sees what it wrote.
  return input !== null && typeof input === 'object' && !Array.isArray(input)
    ? input
    : { arguments: given || '{}' }
}
