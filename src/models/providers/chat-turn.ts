import type {
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider'
import { tokenUsage } from '../stream-parts.ts'
import { declined, refusalMark } from '../refusal-mark.ts'
import { ChatCalls, type CallPiece } from './chat-calls.ts'

/**
 * One chunk of a chat completion, with the fields that servers agree on. It is not trusted: every field may be missing
 * or wrong.
 */
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
  /** The name of DeepSeek, vLLM and llama.cpp. OpenRouter, Ollama and newer vLLM use `reasoning`. */
  reasoning_content?: unknown
  reasoning?: unknown
  tool_calls?: ToolCallDelta[] | null
  /** The old form, from before a turn could have several calls. */
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

/** Converts the chunks of one chat completion to stream parts: it opens and closes text, reasoning and tool calls. */
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

  /**
   * What is missing for a complete answer, in words that continue after the name of the server. Undefined when nothing
   * is missing.
   */
  get missing(): string | undefined {
    if (this.#rawReason === undefined) return 'an answer without an end'
    if (this.#calls.nameless) return 'a call that names no function'
    const calls = this.#rawReason === 'tool_calls' || this.#rawReason === 'function_call'
    if (calls && this.#calls.size === 0 && this.#blocks === 0)
      return 'an answer without the calls that it announces'
    return undefined
  }

  /** Throws when the value is not a chunk. */
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
    // The reason that OpenRouter got from the provider behind it.
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
    // Some servers send the same call in the old and in the new form.
    const old = delta.function_call && pieceOf(delta.function_call)
    if (old && !pieces.some((piece) => saysSame(piece, old)) && !this.#calls.has(old)) this.#call(old)
  }

  finish(): void {
    // Refusals of Claude have no text, so a standard text is used.
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
    // When the model refuses in the middle of a call, that call must not be run.
    if (this.#calls.size > 0 && raw === 'refusal') return { unified: 'content-filter', raw }
    // Ollama and others report `stop` after tool calls.
    if (this.#calls.size > 0 && raw === 'stop') return { unified: 'tool-calls', raw }
    return { unified: (raw !== undefined && finishReasons[raw.toLowerCase()]) || 'other', raw }
  }
}

/** The reasons of OpenAI, and those of servers with other names for them. */
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

/** A value that is not text is refused, because an answer should not contain "[object Object]". */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw new TypeError('a text was expected')
  return value
}

/** Gateways pass on a list of parts when the model behind them sends one. Mistral's reasoning is in such a list. */
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

/** Some servers send the object itself instead of its JSON text. */
const argumentsOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : textOf(value)

const countOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
