import type { ProviderMetadata } from '../contract/provider-metadata.ts'
import type { RunApi, RunFault, RunIncompleteReason, RunUsage, StoredRun } from '../contract/runs.ts'
import type { UrlCitation } from '../models/citations.ts'
import type { LogProb } from '../common/log-prob.ts'
import type { ModelTraits } from '../models/model.ts'
import type { Call, Delta, Outcome } from '../tools/tool.ts'
import type { ToolSet } from '../tools/tool-set.ts'
import type { Conversation } from './conversation.ts'
import type { ModelRequest } from './model-request.ts'
import type { Recorder } from './recorder.ts'

export type { UrlCitation }

/**
 * How one API stores and reads what is said and called in a run. The engine works on a run only through this interface.
 * Which rows and events exist is decided by the API.
 */
export interface Transcript {
  /** What the caller asks of the model. */
  readonly request: ModelRequest
  /** How many model turns are finished, and what they cost together. */
  readonly progress: {
    turns: number
    usage: RunUsage
    /** The calls of tools that the server runs, where the request limits them. */
    served?: number
  }
  /** Opens the tools of the run, for the model that serves it. */
  openTools(model: ModelTraits): Promise<ToolSet>
  /**
   * Reads the part of the conversation that fits into `budget` tokens. Of one that may not be cut no more need be read than
   * `most` tokens, with which the prompt is refused.
   */
  read(budget: number, most: number): Promise<Conversation>
  /** Opens a piece of reasoning: the model begins to think. An API that shows none of it leaves this out. */
  openReasoning?(): Promise<ReasoningWriter>
  /** Opens a message: the model begins to speak. */
  openMessage(): Promise<MessageWriter>
  /**
   * The calls that the caller has approved since they were asked for, complete and ready to run. Undefined when there are
   * none.
   */
  approvedCalls?(): Promise<CallsWriter | undefined>
  /**
   * Opens a call of a tool that the provider of the model runs while it answers, by the name of the tool. Undefined where the
   * API shows no such calls, and left out where it asks for none.
   */
  openHosted?(name: string): Promise<HostedCallWriter | undefined>
  /** Opens a step for tool calls: the model begins to call tools. */
  openCalls(): Promise<CallsWriter>
  /**
   * Writes the message with the text that the model said after calls, once the caller has answered those calls. Returns
   * false when there is no such text.
   */
  sayLateText(): Promise<boolean>
  /** Where the caller asks that a long conversation be folded into a summary. */
  readonly compaction?: Compaction | undefined
  /** Closes what a lost or failed attempt has left open, so that the run continues after the last finished step. */
  closeOpen(why: string): Promise<void>
  /**
   * The last write of the run. It closes everything that is still open. `usage` is that of the last turn, when it is
   * known.
   */
  end(how: RunEnd, usage?: RunUsage): Promise<void>
}

/** A conversation that is folded into a summary when it has become long. */
export interface Compaction {
  /** Whether it is time before the model is asked. */
  isDue(): Promise<boolean>
  /** Whether it is time after the last answer, whose usage this is. */
  isDueAfter(answer: RunUsage): boolean
  /** What is to be summed up, in about `budget` tokens at most. Undefined when there is nothing. */
  read(budget: number): Promise<string | undefined>
  /** Puts the summary in the place of what was said. `usage` is what it has cost, which counts although it may be empty. */
  write(summary: string, usage: RunUsage): Promise<void>
}

/** Opens the transcript of a run whose lease is held. It reads what earlier attempts have written. */
export type OpenTranscript<Run extends StoredRun = StoredRun> = (
  run: Run,
  recorder: Recorder<Run>,
) => Promise<Transcript>

/** The transcript of each run, by the API through which it came. */
export const transcripts =
  (of: { [Api in RunApi]: OpenTranscript<never> }): OpenTranscript =>
  (run, recorder) =>
    (of[run.api] as OpenTranscript)(run, recorder)

/** Text of the model that is shown to readers and stored in a row. */
export interface TextWriter {
  append(text: string): void
  /** Text in which the model explains why it refuses. */
  refuse(text: string): void
  /** How probable the tokens of the text were that is appended next. */
  weigh?(logprobs: LogProb[]): void
  /** Says of what was appended what it is taken from. Indexes count from the first text that was appended. */
  cite?(citation: UrlCitation): void
}

export interface ReasoningWriter {
  /** The id of what was opened. */
  readonly id: string
  append(text: string): void
  /** What was appended is one part of it, and what follows is the next. */
  divide(): void
  /** The model has gone on with something else. `metadata` is what the provider must get back with it. */
  complete(metadata: ProviderMetadata): Promise<void>
}

/** A call that the provider of a model runs. */
export interface HostedCallWriter {
  /** The id of what was opened. */
  readonly id: string
  /** Shows what the provider gives before the call has ended. */
  show(result: unknown): void
  /** The call has ended. `result` is undefined where it has failed, or where nothing is known of its end. */
  complete(result: unknown): Promise<void>
}

export interface MessageWriter extends TextWriter {
  /** The id of what was opened. */
  readonly id: string
  /** Finishes the message, because the model has continued with something else. */
  complete(usage: RunUsage): Promise<void>
}

/** All calls of one model turn. Each call is identified by its index in the turn. */
export interface CallsWriter {
  /** The id of what was opened. */
  readonly id: string
  readonly calls: readonly Call[]
  /** A call begins, and its arguments follow in pieces. Returns the index of the call. */
  begin(name: string): number
  argue(place: number, piece: string): void
  /** What a timeline says of the call: its id, its tool, and by what name the model called it. */
  describe(place: number): object
  /** The arguments of the call are complete. */
  settle(place: number, argumentsText: string): void
  /** Data of the provider about this call, which it must get back with the next prompt. */
  mark(place: number, metadata: ProviderMetadata): void
  /** The reasoning of the model before its calls. */
  reasoned(reasoning: { text: string; metadata: ProviderMetadata }[]): void
  /** The call begins to run. */
  started(place: number): void
  /** Shows a part of what the tool has produced. */
  show(place: number, delta: Delta): void
  /** The call has ended, or it waits for the caller. */
  settled(place: number, outcome: Outcome): Promise<void> | void
  /** Text of the model after its calls. It becomes a message when the calls are finished. */
  readonly late: TextWriter
  /** Writes the calls soon, together with what they have shown by then. Resolves when they are on disk, if they have to be. */
  save(usage: RunUsage, until: 'soon' | 'on disk'): Promise<void>
  /** All calls have ended. */
  complete(usage: RunUsage): Promise<void>
  /** The run now waits for its caller. */
  wait(): Promise<void>
}

export type RunEnd =
  | { status: 'completed' }
  | { status: 'cancelled' }
  /** Has an error when the run was still being worked on. */
  | { status: 'expired'; error?: RunFault }
  | { status: 'failed'; error: RunFault }
  | { status: 'incomplete'; reason: RunIncompleteReason }
