import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
} from '@ai-sdk/provider'
import type { Annotation, ImageDetail, MessageRecord } from '../contract/messages.ts'
import type { ToolCall } from '../contract/run-steps.ts'
import type { DescribeAttachment } from './attached-files.ts'
import type { History, ToolTurn } from './history.ts'
import { lenientJson } from './lenient-json.ts'
import { resultOf } from './result-of.ts'

type Said = (LanguageModelV4TextPart | LanguageModelV4FilePart)[]
type Assistant = Extract<LanguageModelV4Message, { role: 'assistant' }>

/** Turns an image of a message into what the model is sent; throws a RunFailure when it cannot be had. */
export type LoadImage = (
  image: ({ file_id: string } | { url: string }) & { detail?: ImageDetail },
) => Promise<LanguageModelV4FilePart | LanguageModelV4TextPart>

/** What of a message has to be looked up. */
export interface MessageParts {
  loadImage: LoadImage
  describe: DescribeAttachment
}

/** The model's prompt: system text, then the conversation with its tool calls where they happened. */
export async function toPrompt(
  system: string,
  history: History,
  runId: string,
  parts: MessageParts,
): Promise<LanguageModelV4Prompt> {
  const prompt: LanguageModelV4Prompt = system === '' ? [] : [{ role: 'system', content: system }]
  for (const { message, before, afterCalls } of history.exchanges) {
    const content = await contentOf(message, message.run_id === runId, parts)
    for (const turn of afterCalls ? before.slice(0, -1) : before) addToolTurn(prompt, turn)
    const calls = afterCalls ? before.at(-1) : undefined
    // Said with the calls, so it stands with them: what follows a result is for the model to say.
    if (calls) addToolTurn(prompt, calls, content)
    else if (message.body.role === 'user') prompt.push({ role: 'user', content })
    else sayAsAssistant(prompt, content)
  }
  for (const turn of history.after) addToolTurn(prompt, turn)
  const last = history.exchanges.at(-1)?.message
  if (prompt.at(-1)?.role === 'assistant' && last?.run_id === runId) prompt.push(goOn)
  return prompt
}

/** After a call that broke off, what was said before it stays said. Many providers take no prompt that ends with it. */
const goOn: LanguageModelV4Message = {
  role: 'user',
  content: [
    { type: 'text', text: 'Your answer broke off here. Go on from there, and repeat nothing of it.' },
  ],
}

/** What was said whole before the answer broke off from which the model is to go on; empty where it is not. */
export function brokenOffText(prompt: LanguageModelV4Prompt): string {
  const said = prompt.at(-1) === goOn ? prompt.at(-2) : undefined
  if (said?.role !== 'assistant') return ''
  return said.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('')
}

/** `own`: of the run itself. */
async function contentOf(
  { body }: MessageRecord,
  own: boolean,
  { loadImage, describe }: MessageParts,
): Promise<Said> {
  const content: Said = []
  for (const part of body.content) {
    if (part.type === 'text') {
      const { value, annotations } = part.text
      content.push({ type: 'text', text: own ? value : withoutMarkers(value, annotations) })
    } else if (part.type === 'refusal') content.push({ type: 'text', text: part.refusal })
    // A model takes pictures from its user only; of its own it is told.
    else if (body.role === 'assistant') content.push({ type: 'text', text: '[picture shown to the user]' })
    else content.push(await loadImage(part.type === 'image_file' ? part.image_file : part.image_url))
  }
  for (const attachment of body.attachments) content.push({ type: 'text', text: describe(attachment) })
  return content
}

/** A citation of an earlier run names nothing in this one, and models copy what they see. */
const withoutMarkers = (text: string, annotations: Annotation[]) =>
  annotations.reduce(
    (rest, note) => (note.type === 'file_citation' ? rest.replace(note.text, '') : rest),
    text,
  )

/** `said` is what the model said in the same turn. */
function addToolTurn(
  prompt: LanguageModelV4Prompt,
  { calls, told, asked, replay }: ToolTurn,
  said: Said = [],
): void {
  if (calls.length === 0) return
  const thoughts = (replay?.reasoning ?? []).map(({ text, metadata }) => ({
    type: 'reasoning' as const,
    text,
    providerOptions: metadata,
  }))
  const parts = calls.map((call) => {
    const mark = replay?.calls[call.id]
    return {
      type: 'tool-call' as const,
      toolCallId: call.id,
      toolName: nameOf(call),
      input: inputOf(call, asked[call.id]),
      ...(mark && { providerOptions: mark }),
    }
  })
  sayAsAssistant(prompt, [...thoughts, ...said, ...parts])
  prompt.push({
    role: 'tool',
    content: calls.map((call) => ({
      type: 'tool-result' as const,
      toolCallId: call.id,
      toolName: nameOf(call),
      output: { type: 'text' as const, value: told[call.id] ?? resultOf(call) },
    })),
  })
}

/** Some providers refuse two turns of one speaker in a row. */
function sayAsAssistant(prompt: LanguageModelV4Prompt, content: Assistant['content']): void {
  const last = prompt.at(-1)
  if (last?.role === 'assistant') last.content.push(...content)
  else prompt.push({ role: 'assistant', content: [...content] })
}

const nameOf = (call: ToolCall) => (call.type === 'function' ? call.function.name : call.type)

function inputOf(call: ToolCall, asked: string | undefined): unknown {
  if (call.type === 'code_interpreter' && asked === undefined) return { code: call.code_interpreter.input }
  const given = (call.type === 'function' ? call.function.arguments : asked) || '{}'
  const input = lenientJson(given)
  // Providers take objects only; the model sees what it wrote all the same.
  return input !== null && typeof input === 'object' && !Array.isArray(input) ? input : { arguments: given }
}
