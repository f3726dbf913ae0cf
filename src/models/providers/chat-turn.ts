import type {
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider'
import { tokenUsage } from '../stream-parts.ts'
import { declined, refusalMark } from '../refusal-mark.ts'
import { ChatCalls, type CallPiece } from './chat-calls.ts'

/** One chunk of a chat completion, as far as servers agree on it. Strangers' data: every field may be missing, or wrong. */
interface Chunk {
  id?: string
  model?: string
  choices?: {
    delta?: Delta
    message?: Delta
    finish_reason?: string | null
    native_finish_reason?: unknown
  }[]
  usage?: {
    prompt_tokens?: unknown
    completion_tokens?: unknown
    prompt_tokens_details?: { cached_tokens?: unknown } | null
    completion_tokens_details?: { reasoning_tokens?: unknown } | null
  } | null
}

interface Delta {
  content?: unknown
  refusal?: unknown
  /** DeepSeek, vLLM, llama.cpp; `reasoning` is OpenRouter's, Ollama's and newer vLLM's name for it. */
  reasoning_content?: unknown
  reasoning?: unknown
  tool_calls?: ToolCallDelta[] | null
  /** What calls were before there could be several. */
  function_call?: CalledFunction | null
}

interface ToolCallDelta {
  index?: unknown
  id?: unknown
  function?: CalledFunction | null
}

interface CalledFunction {
  name?: unknown
  arguments?: unknown
}

type BlockKind = 'text' | 'reasoning' | 'refusal'

/** Turns the chunks of one chat completion into stream parts: opens and closes text, reasoning and tool calls. */
export class ChatTurn {
  #emit: (part: LanguageModelV4StreamPart) => void
  #open: { kind: BlockKind; id: string } | undefined
  #blocks = 0
  #calls: ChatCalls
  #introduced = false
  #rawReason: string | undefined
  #usage: LanguageModelV4Usage = tokenUsage(undefined, undefined)

  constructor(emit: (part: LanguageModelV4StreamPart) => void) {
    this.#emit = emit
    this.#calls = new ChatCalls(emit)
  }

  /** What is missing of a whole answer, in words that go on after the server's name; undefined when it is whole. */
  get missing(): string | undefined {
    if (this.#rawReason === undefined) return 'an answer without an end'
    if (this.#calls.nameless) return 'a call that names no function'
    const calls = this.#rawReason === 'tool_calls' || this.#rawReason === 'function_call'
    if (calls && this.#calls.size === 0 && this.#blocks === 0)
      return 'an answer without the calls that it announces'
    return undefined
  }

  /** Throws where the chunk is not shaped like one. */
  add(value: unknown): void {
    const chunk = value as Chunk
    if (!this.#introduced && (chunk.id || chunk.model)) {
      this.#introduced = true
      this.#emit({
        type: 'response-metadata',
        ...(chunk.id && { id: chunk.id }),
        ...(chunk.model && { modelId: chunk.model }),
      })
    }
    if (chunk.usage) {
      const { prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details } =
        chunk.usage
      this.#usage = tokenUsage(countOf(prompt_tokens), countOf(completion_tokens), {
        cached: countOf(prompt_tokens_details?.cached_tokens),
        reasoning: countOf(completion_tokens_details?.reasoning_tokens),
      })
    }
    const choice = chunk.choices?.[0]
    if (!choice) return
    if (choice.finish_reason) this.#rawReason = textOf(choice.finish_reason)
    // What OpenRouter was told by the provider behind it.
    if (choice.native_finish_reason === 'refusal') this.#rawReason = 'refusal'
    const delta = choice.delta ?? choice.message
    if (!delta) return
    this.#say('reasoning', textOf(delta.reasoning_content ?? delta.reasoning))
    for (const { kind, text } of contentOf(delta.content)) this.#say(kind, text)
    this.#say('refusal', textOf(delta.refusal))
    const pieces = (delta.tool_calls ?? []).map(({ index, id, function: called }) =>
      pieceOf(called, index, id),
    )
    for (const piece of pieces) this.#call(piece)
    // Some servers say the same call in the old way and in the new one.
    const old = delta.function_call && pieceOf(delta.function_call)
    if (old && !pieces.some((piece) => saysSame(piece, old)) && !this.#calls.has(old)) this.#call(old)
  }

  finish(): void {
    // Claude's refusals have no words.
    if (this.#rawReason === 'refusal' && this.#open?.kind !== 'refusal') this.#say('refusal', declined)
    this.#close()
    this.#calls.end()
    this.#emit({ type: 'finish', finishReason: this.#finishReason(), usage: this.#usage })
  }

  #say(kind: BlockKind, delta: string): void {
    if (delta === '') return
    const type = kind === 'reasoning' ? kind : 'text'
    if (this.#open?.kind !== kind) {
      this.#close()
      this.#open = { kind, id: `${kind}-${this.#blocks++}` }
      this.#emit({ type: `${type}-start`, id: this.#open.id, ...(kind === 'refusal' && refusalMark) })
    }
    this.#emit({ type: `${type}-delta`, id: this.#open.id, delta })
  }

  #close(): void {
    if (!this.#open) return
    this.#emit({ type: this.#open.kind === 'reasoning' ? 'reasoning-end' : 'text-end', id: this.#open.id })
    this.#open = undefined
  }

  #call(piece: CallPiece): void {
    this.#close()
    this.#calls.add(piece)
  }

  #finishReason(): LanguageModelV4FinishReason {
    const raw = this.#rawReason
    // A call that was refused in its middle is not to be run.
    if (this.#calls.size > 0 && raw === 'refusal') return { unified: 'content-filter', raw }
    // Ollama and others say `stop` after tool calls.
    if (this.#calls.size > 0 && raw === 'stop') return { unified: 'tool-calls', raw }
    return { unified: (raw !== undefined && finishReasons[raw.toLowerCase()]) || 'other', raw }
  }
}

/** OpenAI's reasons, and those of servers that have their own. */
const finishReasons: Record<string, LanguageModelV4FinishReason['unified']> = {
  stop: 'stop',
  refusal: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  content_filter: 'content-filter',
  sensitive: 'content-filter',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  error: 'error',
  abort: 'error',
  network_error: 'error',
  insufficient_system_resource: 'error',
}

/** What is no text is refused: an answer should not say "[object Object]". */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw new TypeError('a text was expected')
  return value
}

/** Gateways give a list of parts where a model of theirs does; Mistral's thoughts are among them. */
function contentOf(content: unknown): { kind: 'text' | 'reasoning'; text: string }[] {
  if (!Array.isArray(content)) return [{ kind: 'text', text: textOf(content) }]
  return content.flatMap((part: unknown) => {
    if (typeof part !== 'object' || part === null) return contentOf(textOf(part))
    const { text, thinking } = part as { text?: unknown; thinking?: unknown }
    const thoughts = contentOf(thinking).map((thought) => ({ ...thought, kind: 'reasoning' as const }))
    return [...thoughts, ...contentOf(textOf(text))]
  })
}

function pieceOf(called: CalledFunction | null | undefined, index?: unknown, id?: unknown): CallPiece {
  const at = Number(index ?? NaN)
  return {
    index: Number.isInteger(at) ? at : undefined,
    id: typeof id === 'number' ? String(id) : textOf(id),
    name: textOf(called?.name),
    arguments: argumentsOf(called?.arguments),
  }
}

const saysSame = (one: CallPiece, other: CallPiece) =>
  one.name === other.name && one.arguments === other.arguments

/** Some servers give the object itself. */
const argumentsOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : textOf(value)

const countOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
