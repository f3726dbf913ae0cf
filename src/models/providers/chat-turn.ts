import type {
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider'
import { tokenUsage } from '../play.ts'

/** One chunk of a chat completion, as far as servers agree on it. Strangers' data: every field may be missing, or wrong. */
interface Chunk {
  id?: string
  model?: string
  choices?: { delta?: Delta; message?: Delta; finish_reason?: string | null }[]
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
}

interface ToolCallDelta {
  index?: number
  id?: string | null
  function?: { name?: string | null; arguments?: unknown } | null
}

interface OpenCall {
  id: string
  name: string
  arguments: string
}

/** Turns the chunks of one chat completion into stream parts: opens and closes text, reasoning and tool calls. */
export class ChatTurn {
  #emit: (part: LanguageModelV4StreamPart) => void
  #open: { kind: 'text' | 'reasoning'; id: string } | undefined
  #blocks = 0
  #calls = new Map<number, OpenCall>()
  #lastIndex = -1
  #introduced = false
  #refused = false
  #rawReason: string | undefined
  #usage: LanguageModelV4Usage = tokenUsage(undefined, undefined)

  constructor(emit: (part: LanguageModelV4StreamPart) => void) {
    this.#emit = emit
  }

  /** Whether the server said why it stopped. */
  get complete(): boolean {
    return this.#rawReason !== undefined
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
    if (choice.finish_reason) this.#rawReason = choice.finish_reason
    const delta = choice.delta ?? choice.message
    if (!delta) return
    this.#say('reasoning', textOf(delta.reasoning_content ?? delta.reasoning))
    this.#say('text', textOf(delta.content))
    const refusal = textOf(delta.refusal)
    this.#refused ||= refusal !== ''
    this.#say('text', refusal)
    for (const call of delta.tool_calls ?? []) this.#call(call)
  }

  finish(): void {
    this.#close()
    for (const call of this.#calls.values()) {
      if (!call.name) continue
      this.#emit({ type: 'tool-input-end', id: call.id })
      this.#emit({
        type: 'tool-call',
        toolCallId: call.id,
        toolName: call.name,
        input: call.arguments.trim() ? call.arguments : '{}',
      })
    }
    this.#emit({ type: 'finish', finishReason: this.#finishReason(), usage: this.#usage })
  }

  #say(kind: 'text' | 'reasoning', delta: string): void {
    if (delta === '') return
    if (this.#open?.kind !== kind) {
      this.#close()
      this.#open = { kind, id: `${kind}-${this.#blocks++}` }
      this.#emit({ type: `${kind}-start`, id: this.#open.id })
    }
    this.#emit({ type: `${kind}-delta`, id: this.#open.id, delta })
  }

  #close(): void {
    if (this.#open) this.#emit({ type: `${this.#open.kind}-end`, id: this.#open.id })
    this.#open = undefined
  }

  #call({ index, id, function: given }: ToolCallDelta): void {
    this.#close()
    // Some servers (Gemini's, older Ollama) leave the index out: there, an id or a name begins a new call.
    const at = index ?? (id || given?.name ? this.#lastIndex + 1 : this.#lastIndex)
    this.#lastIndex = at
    let call = this.#calls.get(at)
    if (!call) {
      call = { id: id || `call_${crypto.randomUUID().replaceAll('-', '')}`, name: '', arguments: '' }
      this.#calls.set(at, call)
    }
    let delta = argumentsOf(given?.arguments)
    call.arguments += delta
    if (!call.name) {
      // The name may come after the first arguments, which are held back until then.
      if (!given?.name) return
      call.name = given.name
      if (id) call.id = id
      delta = call.arguments
      this.#emit({ type: 'tool-input-start', id: call.id, toolName: call.name })
    }
    if (delta) this.#emit({ type: 'tool-input-delta', id: call.id, delta })
  }

  #finishReason(): LanguageModelV4FinishReason {
    const raw = this.#rawReason
    // Ollama and others say `stop` after tool calls.
    if (this.#calls.size > 0 && (raw === 'stop' || raw === undefined)) return { unified: 'tool-calls', raw }
    if (this.#refused && raw === 'stop') return { unified: 'content-filter', raw }
    switch (raw) {
      case 'stop':
      case 'length':
        return { unified: raw, raw }
      case 'content_filter':
        return { unified: 'content-filter', raw }
      case 'tool_calls':
      case 'function_call':
        return { unified: 'tool-calls', raw }
      default:
        return { unified: 'other', raw }
    }
  }
}

/** What is no text is refused: an answer should not say "[object Object]". */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw new TypeError('a text was expected')
  return value
}

/** Some servers give the object itself. */
const argumentsOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : textOf(value)

const countOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
