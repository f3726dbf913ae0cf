import type {
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
  SharedV4Warning,
} from '@ai-sdk/provider'
import type { RunUsage } from '../contract/runs.ts'
import { noUsage } from '../contract/usage.ts'
import type { AnswerRoom } from '../models/answer-room.ts'
import type { ServedModel } from '../models/model.ts'
import type { LogProb } from '../common/log-prob.ts'
import { isRefusal } from '../models/refusal-mark.ts'
import type { Offer } from '../models/written-calls.ts'
import { NotTheFormat, type HeldText } from './json-answer.ts'
import { RunFailure } from './run-failure.ts'
import { HeldAnswer } from './held-answer.ts'
import { HostedCalls } from './hosted-calls.ts'
import { Citing } from './citing.ts'
import type { CallsWriter, MessageWriter, ReasoningWriter, TextWriter, Transcript } from './transcript.ts'
import { TurnCalls } from './turn-calls.ts'
import { TurnReasoning } from './turn-reasoning.ts'
import type { RequestUsage } from './turn-usage.ts'

export interface TurnResult {
  /** `ended-early`: it was left before something that it would have begun. `calls-ignored`: only calls that may not be made follow. */
  finish: 'stop' | 'length' | 'content-filter' | 'ended-early' | 'calls-ignored'
  usage: RunUsage
  /** The calls are not finished: whoever gets them runs them and closes their step. */
  calls: CallsWriter | undefined
}

export interface TurnInput {
  served: ServedModel
  options: LanguageModelV4CallOptions
  signal: AbortSignal
  /** Once it is aborted, the turn ends before anything else is begun, unless it has begun with calls. */
  endsEarly: AbortSignal
  /** When true, all calls of the turn but the first are ignored. */
  oneCall: boolean
  /** Asked once for each call. A call that may not be made is ignored; those that the provider makes have been made. */
  mayCall: (name: string) => boolean
  /** Whether the model is asked again when all calls that it leaves to others were ignored. */
  goesOnWithout: boolean
  /** The finished text that the model was asked to continue. Otherwise empty. */
  said: string
  /** The tools that the model may call in its text. Undefined when there are none. */
  offer: Offer | undefined
  /** Holds the text back until `finish`, which may change it or throw. */
  hold?: HeldText
  /** How long the answer may become. A RunFailure of it gets the usage of the turn. */
  room?: AnswerRoom
  /** As `beforeContinuation` of a `ContinuedCall`. */
  goesOn: (used: RunUsage, signal?: AbortSignal) => Promise<void>
  /** Called with each part as the model has sent it. */
  given?: (part: LanguageModelV4StreamPart) => void
  /** Called with what the model leaves out of the request. May throw a RunFailure. */
  warned?: (warnings: readonly SharedV4Warning[]) => void
  /** Throws what the answer could not be written for. */
  check: () => void
  /** Called when the model has sent something: text, reasoning, or a call. */
  heard: () => void
  /** Called with the id of each message and of the calls, when they are opened. */
  opened: (id: string) => void
}

/** Writes what a model says and calls in one answer. */
export class Turn {
  #transcript: Transcript
  #input: TurnInput
  #message: MessageWriter | undefined
  #writer: CallsWriter | undefined
  #calls: TurnCalls | undefined
  #held = new HeldAnswer()
  #logprobs: LogProb[] = []
  /** True when text that could have been held back is shown while it arrives. */
  #streams = false
  #request: RequestUsage
  #refusals = new Set<string>()
  #refused = false
  #reasoning = new TurnReasoning(() => this.#openReasoning())
  #hosted: HostedCalls
  #ignored = false
  #citing = new Citing()
  /** True from the beginning of a text until the provider runs a call. */
  #textBegan = false

  constructor(transcript: Transcript, input: TurnInput, request: RequestUsage) {
    this.#transcript = transcript
    this.#request = request
    this.#hosted = new HostedCalls(transcript)
    this.#input = input
  }

  /** Whether nothing is open of what is written one by one. Calls stay open until they have run. */
  get isBetween(): boolean {
    return !this.#message && !this.#reasoning.isOpen && !this.#writer && !this.#hosted.isOpen
  }

  /** How probable the tokens were of the text that is taken next. */
  weigh(logprobs: readonly LogProb[]): void {
    this.#logprobs.push(...logprobs)
  }

  /** Returns a promise when something must be done before the next part is taken. */
  take(part: LanguageModelV4StreamPart): Promise<void> | void {
    switch (part.type) {
      case 'text-start':
        if (isRefusal(part)) this.#refusals.add(part.id)
        this.#textBegan = true
        return this.#citing.begin(this.#cited)
      case 'text-end':
      case 'source':
        return this.#citing.cite(part, this.#cited)
      case 'text-delta':
        this.#request.say(part.delta)
        return this.#refusals.has(part.id) ? this.#refuse(part.delta) : this.#say(part.delta)
      case 'tool-input-start':
        if (part.providerExecuted) return this.#beginHosted(part.id, part.toolName)
        return this.#begin(part.id, part.toolName)
      case 'tool-input-delta':
        if (this.#hosted.has(part.id)) return
        this.#request.say(part.delta)
        return this.#calls?.argue(part.id, part.delta)
      case 'tool-call':
        if (part.providerExecuted) return this.#beginHosted(part.toolCallId, part.toolName)
        return this.#call(part)
      case 'tool-result':
        return this.#hosted.take(part)
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end':
        if (part.type === 'reasoning-delta') this.#request.say(part.delta)
        return this.#reasoning.take(part)
      case 'error':
        throw part.error
    }
  }

  async end(finish: TurnResult['finish'], reported: LanguageModelV4Usage | undefined): Promise<TurnResult> {
    const usage = this.#request.of(reported)
    await this.#reasoning.end()
    await this.#hosted.end()
    this.#calls?.end()
    this.#writer?.reasoned(this.#reasoning.blocks)
    const { hold, said } = this.#input
    if (finish === 'stop' && this.#ignored && !this.#writer && this.#input.goesOnWithout) {
      if (this.#held.text !== '') this.#held.release(await this.#open())
      await this.#endMessage()
      return { finish: 'calls-ignored', usage, calls: undefined }
    }
    let shown = this.#held.text
    if (hold && !this.#streams && !this.#writer && !this.#refused && finish === 'stop') {
      try {
        shown = hold.finish(shown)
      } catch (error) {
        if (error instanceof NotTheFormat) error.usage = usage
        throw error
      }
    }
    // An answer that stands among other words is not made of their tokens.
    if (shown !== this.#held.text) this.#logprobs = []
    if (this.#writer) this.#showAll(this.#writer.late, shown)
    else if (shown !== '' || (!this.#message && said === '' && (this.#textBegan || !this.#hosted.any)))
      this.#showAll(await this.#open(), shown)
    return { finish, usage, calls: this.#writer }
  }

  /** What was finished stays. What the model has begun and not shown is dropped. */
  endEarly(): TurnResult {
    return { finish: 'ended-early', usage: this.#request.of(), calls: undefined }
  }

  /** True when the turn ends before what comes next. */
  #endsHere(): boolean {
    return this.#input.endsEarly.aborted && !this.#message && !this.#writer
  }

  /** Rejects with the error, after it was given what the answer has cost. */
  breakOff = (error: unknown): never => {
    if (error instanceof RunFailure) error.usage = this.#request.of()
    throw error
  }

  #say(text: string): Promise<void> | void {
    if (text === '') return
    const { hold } = this.#input
    if (hold && !this.#streams) {
      this.#citing.append(this.#held, text)
      if (!hold.mayStream(this.#held.text)) return
      this.#streams = true
      return this.#showHeld()
    }
    const speaking = this.#speaking
    if (speaking) this.#append(speaking, text)
    else if (this.#endsHere()) return this.#reasoning.end()
    else return this.#open().then((message) => this.#append(message, text))
  }

  #append(writer: TextWriter, text: string): void {
    this.#giveLogprobs(writer)
    this.#citing.append(writer, text)
  }

  #giveLogprobs(writer: TextWriter): void {
    if (this.#logprobs.length > 0) writer.weigh?.(this.#logprobs.splice(0))
  }

  /** Gives what was held back, or the part of it that is the answer. */
  #showAll(writer: TextWriter, text = this.#held.text): void {
    this.#giveLogprobs(writer)
    this.#held.release(writer, text)
  }

  /** The answer may be shown from now on while it arrives. */
  async #showHeld(): Promise<void> {
    if (!this.#speaking && this.#endsHere()) return this.#reasoning.end()
    const speaking = this.#speaking ?? (await this.#open())
    this.#showAll(speaking)
    this.#citing.move(this.#held, speaking)
  }

  /** Whoever is given the text that comes next. */
  get #cited(): Pick<TextWriter, 'append' | 'cite'> | undefined {
    return this.#input.hold && !this.#streams ? this.#held : this.#speaking
  }

  get #speaking(): TextWriter | undefined {
    return this.#writer?.late ?? this.#message
  }

  async #refuse(text: string): Promise<void> {
    if (this.#endsHere()) return this.#reasoning.end()
    this.#refused = true
    const speaking = this.#writer?.late ?? (await this.#open())
    this.#held.release(speaking)
    speaking.refuse(text)
  }

  async #open(): Promise<MessageWriter> {
    await this.#reasoning.end()
    if (!this.#message) {
      this.#message = await this.#transcript.openMessage()
      this.#input.opened(this.#message.id)
    }
    return this.#message
  }

  async #call(part: Extract<LanguageModelV4StreamPart, { type: 'tool-call' }>): Promise<void> {
    if (!this.#calls?.isOpen(part.toolCallId)) {
      this.#request.say(part.input)
      await this.#begin(part.toolCallId, part.toolName)
    }
    this.#calls?.complete(part)
  }

  async #begin(id: string, name: string): Promise<void> {
    if (this.#input.oneCall && this.#calls) return
    if (!this.#input.mayCall(name)) {
      this.#ignored = true
      return
    }
    this.#request.say(name)
    await this.#reasoning.end()
    await this.#endMessage()
    if (this.#endsHere()) return
    if (!this.#writer) {
      this.#writer = await this.#transcript.openCalls()
      this.#input.opened(this.#writer.id)
    }
    this.#calls ??= new TurnCalls(this.#writer)
    this.#calls.begin(id, name)
  }

  /** Providers announce a call, and say so again when they run it. */
  async #beginHosted(id: string, name: string): Promise<void> {
    if (this.#hosted.has(id)) return
    this.#input.mayCall(name)
    await this.#reasoning.end()
    await this.#endMessage()
    if (this.#endsHere()) return
    this.#textBegan = false
    const opened = await this.#hosted.begin(id, name)
    if (opened !== undefined) this.#input.opened(opened)
  }

  async #endMessage(): Promise<void> {
    await this.#message?.complete(noUsage)
    this.#message = undefined
  }

  /** Reasoning that arrives after an answer has begun is only sent back to the provider. */
  async #openReasoning(): Promise<ReasoningWriter | undefined> {
    if (this.#message || this.#writer || this.#endsHere()) return undefined
    const writer = await this.#transcript.openReasoning?.()
    if (writer) this.#input.opened(writer.id)
    return writer
  }
}
