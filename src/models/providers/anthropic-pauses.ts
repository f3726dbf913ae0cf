import type {
  JSONValue,
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider'
import type { ContinuedCall } from '../continuation.ts'
import { lenientJson } from '../lenient-json.ts'
import { addUsage, streamParts } from '../stream-parts.ts'
import { hasHostedTools, withDoStream } from './with-stream.ts'

/** How often an answer goes on. Claude pauses after some ten searches. */
const maxPauses = 10

/**
 * Makes one answer of those that Claude pauses because its searches take long. To go on, it wants what it has said by then back as
 * it is, at the end of the prompt: https://platform.claude.com/docs/en/agents-and-tools/tool-use/server-tools
 */
export const withoutPauses = (model: LanguageModelV4): LanguageModelV4 =>
  withDoStream(model, async (call) => {
    const { stream, ...rest } = await model.doStream(call)
    if (!hasHostedTools(call)) return { ...rest, stream }
    const parts = (signal: AbortSignal) => goOn(model, { ...call, abortSignal: signal }, stream)
    return { ...rest, stream: streamParts(parts, call.abortSignal) }
  })

async function* goOn(
  model: LanguageModelV4,
  call: ContinuedCall,
  first: ReadableStream<Part>,
): AsyncGenerator<Part> {
  const { beforeContinuation, ...options } = call
  let asked: LanguageModelV4CallOptions = options
  let stream = first
  let spent: Finish['usage'] | undefined
  for (let pauses = 0; ; pauses++) {
    const said = new SaidByClaude()
    let finish: Finish | undefined
    for await (const part of stream) {
      said.take(part)
      if (part.type === 'finish') finish = part
      else if (pauses === 0) yield part
      else if (!opening.has(part.type)) yield ofPause(part, pauses)
    }
    if (!finish) return
    const usage = addUsage(spent, finish.usage)
    const isPaused = finish.finishReason.raw === 'pause_turn'
    const next = isPaused && pauses < maxPauses ? afterPause(asked, said, finish) : undefined
    if (!next) {
      const finishReason = isPaused ? { unified: 'length' as const, raw: 'pause_turn' } : finish.finishReason
      return yield { ...finish, finishReason, usage }
    }
    asked = next
    if (beforeContinuation) await beforeContinuation(finish.usage, call.abortSignal)
    else spent = usage
    stream = (await model.doStream(asked)).stream
  }
}

type Part = LanguageModelV4StreamPart
type Finish = Extract<Part, { type: 'finish' }>

/** What an answer begins with. */
const opening: ReadonlySet<Part['type']> = new Set(['stream-start', 'response-metadata'])

/** Claude numbers its blocks, in every answer from 0 on. Its calls have names that are theirs alone. */
const ofPause = (part: Part, pauses: number): Part =>
  /^(text|reasoning)-/.test(part.type) && 'id' in part ? { ...part, id: `${part.id}.${pauses}` } : part

/** Undefined where nothing is left of the tokens or the searches of the call, or where nothing was said. */
function afterPause(
  { prompt, maxOutputTokens, tools = [], toolChoice, ...call }: LanguageModelV4CallOptions,
  { content, searches }: SaidByClaude,
  { usage }: Finish,
): LanguageModelV4CallOptions | undefined {
  const tokensLeft = (maxOutputTokens ?? Infinity) - (usage.outputTokens.total ?? 0)
  const limits = tools.map((tool) => (tool.type === 'provider' ? tool.args['maxUses'] : undefined))
  const searchesLeft = Math.min(...limits.map(numberOr(Infinity))) - searches
  if (tokensLeft <= 0 || searchesLeft <= 0 || content.length === 0) return undefined
  return {
    ...call,
    prompt: [...prompt, { role: 'assistant', content }],
    tools: tools.map((tool) =>
      tool.type === 'provider' && searchesLeft < Infinity
        ? { ...tool, args: { ...tool.args, maxUses: searchesLeft } }
        : tool,
    ),
    // What a call was forced for has been done.
    toolChoice: toolChoice?.type === 'none' ? toolChoice : { type: 'auto' },
    ...(maxOutputTokens !== undefined && { maxOutputTokens: tokensLeft }),
  }
}

const numberOr = (other: number) => (value: unknown) => (typeof value === 'number' ? value : other)

type Content = Extract<LanguageModelV4Prompt[number], { role: 'assistant' }>['content']

/** What Claude has said in one answer, as a prompt has it. */
class SaidByClaude {
  readonly content: Content = []
  /** Those that have ended. */
  searches = 0
  #open = new Map<string, Extract<Content[number], { type: 'text' | 'reasoning' }>>()

  take(part: Part): void {
    switch (part.type) {
      case 'text-start':
      case 'reasoning-start': {
        const type = part.type === 'text-start' ? 'text' : 'reasoning'
        const block = { type, text: '', ...withOptions(part) } as const
        this.#open.set(part.id, block)
        return void this.content.push(block)
      }
      case 'text-delta':
      case 'reasoning-delta':
      case 'text-end':
      case 'reasoning-end': {
        const block = this.#open.get(part.id)
        if (!block) return
        if ('delta' in part) block.text += part.delta
        return void Object.assign(block, withOptions(part))
      }
      case 'tool-call': {
        const { type, toolCallId, toolName, input, providerExecuted = false } = part
        const shared = { type, toolCallId, toolName, providerExecuted, ...withOptions(part) }
        return void this.content.push({ ...shared, input: lenientJson(input) ?? {} })
      }
      case 'tool-result': {
        const { type, toolCallId, toolName, result, isError } = part
        const output = { type: isError ? 'error-json' : 'json', value: result as JSONValue } as const
        this.searches++
        return void this.content.push({ type, toolCallId, toolName, output, ...withOptions(part) })
      }
    }
  }
}

/** Signatures, what is cited, and the like. */
const withOptions = ({ providerMetadata }: { providerMetadata?: Finish['providerMetadata'] }) =>
  providerMetadata ? { providerOptions: providerMetadata } : {}
