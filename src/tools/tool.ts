import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import type { Sources } from './sources.ts'

/**
 * A tool that runs of the server can use. The engine asks a map of these and knows none of them by name; so does what
 * writes steps. `Details` is what the wire shows of a call, under the name of its type:
 * `{ "id": "call_…", "type": "dice", "dice": Details }`.
 */
export interface Tool<Details extends object = object> {
  /** As requests name it: `{ "type": "dice" }`. A plain word. */
  readonly type: string
  /** The names by which models call it that were trained with one of their own. */
  readonly otherNames?: RegExp
  /** Begins the work for one run; once for each attempt at it, and only where the run has the tool. */
  open(context: ToolContext<Details>): Promise<RunTool<Details>> | RunTool<Details>
  /** What a model is told later of a call that has ended: of one in the same run (`own`) or of an earlier one. */
  replay(call: EndedCall<Details>, own: boolean): ReplayedCall
  /** The ids of files that a call has given as pictures: the next message shows them. */
  pictures?(details: Details): string[]
}

/** What a tool knows of the run in which it works. */
export interface ToolContext<Details extends object = object> {
  runId: string
  project: string
  /** What a tool keeps between runs belongs to the thread. */
  threadId: string
  model: string
  /** In tokens: prompt and answer together. */
  contextWindow: number
  /** The entries of this type in the run's list of tools, as they were requested. */
  requested: Record<string, unknown>[]
  /** What the assistant and the thread give under the name of this type, in this order; an entry may be missing. */
  resources: { assistant: unknown; thread: unknown }
  /** Calls of this type in this run that have ended, oldest first. */
  ended: EndedCall<Details>[]
}

/** A call that has ended, as it is kept. */
export interface EndedCall<Details extends object = object> {
  id: string
  details: Details
  /** What the model was told; undefined where the details say it. */
  toolResult: string | undefined
  /** The arguments as the model wrote them; undefined where the details say them. */
  toolArguments: string | undefined
}

/** A call as it stands in a prompt. */
export interface ReplayedCall {
  name: string
  /** JSON, or nearly: as the model wrote it. */
  arguments: string
  result: string
}

/** A tool at work in one run. */
export interface RunTool<Details extends object = object> {
  /** The functions that the model is offered: one for each entry of `requested`, or more with the last. */
  readonly definitions: LanguageModelV4FunctionTool[]
  /**
   * Waits for what the tool needs and others are still making ready; throws the signal's reason. Called before each turn of
   * the model.
   */
  ready?(signal: AbortSignal): Promise<void>
  /** What the model has to know of its surroundings to use the tool; empty where there is nothing. */
  systemText?(): string
  /** How each of these files can be read with the tool, in words that follow on the file's name; a file may be missing. */
  waysToRead?(fileIds: string[]): Promise<Map<string, string>>
  /** What markers and paths in the model's text lead to. */
  readonly sources?: Sources
  /** A call begins, under one of the names of `definitions`. All calls of a turn begin before the first of them runs. */
  begin(name: string): Call<Details>
}

/** One call of a tool. */
export interface Call<Details extends object = object> {
  /** As the wire shows it; it grows with each delta that is given out. */
  readonly details: Details
  /** A piece of the arguments arrives; the answer is what clients are shown of it. */
  argue(piece: string): Delta<Details> | undefined
  /** The arguments are complete; the answer is what is still to be shown. */
  settle(text: string): Delta<Details> | undefined
  /** After `settle`: the arguments, where the details do not say them. */
  readonly toolArguments?: string | undefined
  /** Does the work; `show` is given each delta as it comes. Throws ToolFailure, which ends the run, or the signal's reason. */
  run(show: (delta: Delta<Details>) => void, signal: AbortSignal): Promise<Outcome>
}

/** A part of the details, with the places at which clients put it together. */
export type Delta<Details extends object = object> = { [Key in keyof Details]?: unknown }

export type Outcome =
  /** The text is for the model. */
  | { toolResult: string }
  /** The caller has to do it: what the caller is shown under the name of the tool's type. */
  | { waitsFor: object }
