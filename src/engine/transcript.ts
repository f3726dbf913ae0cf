import type { ProviderMetadata } from '../contract/provider-metadata.ts'
import type { RunError, RunIncompleteReason, RunRecord, RunUsage } from '../contract/runs.ts'
import type { Call, Delta, Outcome } from '../tools/tool.ts'
import type { ToolSet } from '../tools/tool-set.ts'
import type { Conversation } from './conversation.ts'
import type { ModelRequest } from './model-request.ts'
import type { Recorder } from './recorder.ts'

/**
 * How one API writes down what is said and called in a run, and reads it again. The engine works on a run through this
 * alone: which rows and events there are is the API's own.
 */
export interface Transcript {
  /** What the caller asks of the model. */
  readonly request: ModelRequest
  /** Model turns that are over, and what they cost together. */
  readonly progress: { turns: number; usage: RunUsage }
  /** Opens the run's tools; `contextWindow` in tokens. */
  openTools(contextWindow: number): Promise<ToolSet>
  /** The part of the conversation that fits into so many tokens. */
  read(budget: number): Promise<Conversation>
  /** The model begins to speak. */
  openMessage(): Promise<MessageWriter>
  /** The model begins to call tools. */
  openCalls(): Promise<CallsWriter>
  /** Says what the model has said after calls that the caller has answered; false where there is nothing of it. */
  sayLateText(): Promise<boolean>
  /** Closes what a lost or failed attempt has left open, so that the run goes on from what was finished before. */
  closeOpen(why: string): Promise<void>
  /** The run's last write, with all that is still open; `usage` is that of the turn, where it is known. */
  end(how: RunEnd, usage?: RunUsage): Promise<void>
}

/** Makes the transcript of a run whose lease is held; reads what an earlier attempt has written. */
export type OpenTranscript = (run: RunRecord, recorder: Recorder) => Promise<Transcript>

/** Text of the model on its way to readers and into a row. */
export interface TextWriter {
  append(text: string): void
  /** The model says why it does not do what it was asked. */
  refuse(text: string): void
}

export interface MessageWriter extends TextWriter {
  /** The model has gone on to something else. */
  complete(usage: RunUsage): Promise<void>
}

/** All calls of one model turn. A call is named by its place. */
export interface CallsWriter {
  readonly calls: readonly Call[]
  /** A call begins; its arguments follow in pieces. The answer is the call's place. */
  begin(name: string): number
  argue(place: number, piece: string): void
  /** The call's arguments are complete. */
  settle(place: number, argumentsText: string): void
  /** The provider's mark on the call, which it wants back. */
  mark(place: number, metadata: ProviderMetadata): void
  /** What the model thought before its calls. */
  reasoned(reasoning: { text: string; metadata: ProviderMetadata }[]): void
  /** Something that the tool has given. */
  show(place: number, delta: Delta): void
  /** The call has ended, or waits for the caller. */
  settled(place: number, outcome: Outcome): void
  /** What the model says after its calls: to be said once they are over. */
  readonly late: TextWriter
  /** Puts the calls on disk soon, and what they give with them. */
  save(usage: RunUsage): void
  /** All calls are over. */
  complete(usage: RunUsage): Promise<void>
  /** The run waits for its caller. */
  wait(): Promise<void>
}

/** How a run ends. */
export type RunEnd =
  | { status: 'completed' }
  | { status: 'cancelled' }
  /** With an error where the run itself was still at work. */
  | { status: 'expired'; error?: RunError }
  | { status: 'failed'; error: RunError }
  | { status: 'incomplete'; reason: RunIncompleteReason }
