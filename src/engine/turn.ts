import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider'
import type { ProviderMetadata } from '../contract/run-steps.ts'
import type { RunUsage } from '../contract/runs.ts'
import { noUsage } from '../contract/usage.ts'
import type { Sources } from './annotate.ts'
import { NotTheFormat } from './json-answer.ts'
import { openMessageStep, type MessageStep } from './message-step.ts'
import type { Recorder } from './recorder.ts'
import { unlessAborted } from './unless-aborted.ts'
import { openToolStep, type ToolStep } from './tool-step.ts'

export interface TurnResult {
  finish: 'stop' | 'length' | 'content-filter'
  usage: RunUsage
  /** Left open: the caller runs the tools and closes it. */
  tools: ToolStep | undefined
  /** Left open where nothing followed it. */
  message: MessageStep | undefined
  /** What the model said after its calls: to be said when their step is closed. */
  late: string
}

export interface TurnInput {
  model: LanguageModelV4
  options: LanguageModelV4CallOptions
  /** Pictures that the next message shows first. */
  images: string[]
  sources: Sources
  /** Only the first call of a turn counts. */
  oneCall: boolean
  /** Keeps the text back for `finishText`, which may change it or throw; used where JSON must be checked. */
  finishText?: (text: string) => string
  /** Told what is open, so that a run that is stopped can save it. */
  opened: (step: Pick<OpenStep, 'message' | 'tools'>) => void
}

/** What of a run is not written yet: one of the two at most. */
export interface OpenStep {
  message?: MessageStep
  tools?: ToolStep
  /** Of the turn, once it is known. */
  usage?: RunUsage
}

/** Asks the model once and records what it says and calls while it arrives. One step is open at a time. */
export async function playTurn(recorder: Recorder, input: TurnInput): Promise<TurnResult> {
  let message: MessageStep | undefined
  let tools: ToolStep | undefined
  /** Text that came after a tool call: the step of the calls is open, so it waits. */
  let late = ''
  let held = ''
  let ended: Extract<LanguageModelV4StreamPart, { type: 'finish' }> | undefined
  const places = new Map<string, number>()
  const reasoning = new Map<string, { text: string; metadata: ProviderMetadata }>()
  function think(
    part: Extract<
      LanguageModelV4StreamPart,
      { type: 'reasoning-start' | 'reasoning-delta' | 'reasoning-end' }
    >,
  ): void {
    const block = reasoning.get(part.id) ?? { text: '', metadata: {} }
    reasoning.set(part.id, block)
    if (part.type === 'reasoning-delta') block.text += part.delta
    // The last one is whole: providers sign a block when it is over.
    if (part.providerMetadata) block.metadata = part.providerMetadata as ProviderMetadata
  }

  async function say(text: string): Promise<void> {
    if (text === '') return
    if (input.finishText) held += text
    else if (tools) late += text
    else {
      message ??= await openMessage()
      message.append(text)
    }
  }
  async function openMessage(): Promise<MessageStep> {
    const opened = await openMessageStep(recorder, input.images, input.sources)
    input.opened({ message: opened })
    return opened
  }
  async function begin(id: string, name: string): Promise<number | undefined> {
    if (input.oneCall && places.size > 0) return undefined
    if (message) {
      await recorder.write(message.completion(noUsage))
      message = undefined
    }
    if (!tools) {
      tools = await openToolStep(recorder)
      input.opened({ tools })
    }
    const place = tools.begin(name)
    places.set(id, place)
    return place
  }

  for await (const part of parts(input)) {
    if (part.type === 'text-delta') await say(part.delta)
    else if (part.type === 'tool-input-start') await begin(part.id, part.toolName)
    else if (part.type === 'tool-input-delta') {
      const place = places.get(part.id)
      if (place !== undefined) tools?.argue(place, part.delta)
    } else if (part.type === 'tool-call') {
      const place = places.get(part.toolCallId) ?? (await begin(part.toolCallId, part.toolName))
      if (place !== undefined)
        tools?.settle(place, part.input, part.providerMetadata as ProviderMetadata | undefined)
    } else if (
      part.type === 'reasoning-start' ||
      part.type === 'reasoning-delta' ||
      part.type === 'reasoning-end'
    ) {
      think(part)
    } else if (part.type === 'finish') ended = part
    else if (part.type === 'error') throw part.error
  }
  tools?.reasoned([...reasoning.values()])
  if (!ended) throw new Error('the model ended its answer without a finish')

  const finish = ended.finishReason.unified
  if (finish === 'error') throw new Error('the model ended its answer with an error')
  const usage = toUsage(ended.usage)
  if (input.finishText && !tools && finish === 'stop') {
    try {
      held = input.finishText(held)
    } catch (error) {
      if (error instanceof NotTheFormat) error.usage = usage
      throw error
    }
  }
  if (tools) late += held
  else if (held !== '' || !message) {
    message ??= await openMessage()
    message.append(held)
  }
  return {
    finish: finish === 'length' || finish === 'content-filter' ? finish : 'stop',
    usage,
    tools,
    message,
    late,
  }
}

/** The parts of the answer until the signal is aborted, whether or not the model heeds it. */
async function* parts({ model, options }: TurnInput): AsyncGenerator<LanguageModelV4StreamPart, void> {
  const signal = options.abortSignal ?? new AbortController().signal
  const { stream } = await unlessAborted(model.doStream(options), signal)
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await unlessAborted(reader.read(), signal)
      if (done) return
      yield value
    }
  } finally {
    // Not awaited: a provider that hangs would hang here too.
    reader.cancel().catch(() => {})
  }
}

const toUsage = ({ inputTokens, outputTokens }: LanguageModelV4Usage): RunUsage => {
  const prompt = inputTokens.total ?? 0
  const completion = outputTokens.total ?? 0
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_token_details: { cached_tokens: inputTokens.cacheRead ?? 0 },
    completion_tokens_details: { reasoning_tokens: outputTokens.reasoning ?? 0 },
  }
}
