import type { LanguageModelV4FunctionTool, LanguageModelV4ProviderTool } from '@ai-sdk/provider'
import type { McpListedTool } from '../contract/mcp.ts'
import type { HostedTools } from '../models/hosted-tools.ts'
import type { Sources } from './sources.ts'

/**
 * A tool that runs of the server can use. The engine and the code that writes steps use a map of tools and know none of
 * them by name. `Details` is what the API shows of a call, under the name of the type: `{ "id": "call_…", "type":
 * "dice", "dice": Details }`.
 */
export interface Tool<Details extends object = object> {
  /** The type by which requests list it: `{ "type": "dice" }`. */
  readonly type: string
  /** Names that models use for this tool because they were trained with a similar one. */
  readonly otherNames?: RegExp
  /** True when the caller runs its calls, and not the server. */
  readonly isCallers?: true
  /** Opens the tool for a run that lists it. It is called once for each attempt at the run. */
  open(context: ToolContext<Details>): Promise<RunTool<Details>> | RunTool<Details>
  /** What a model is told about a finished call later. `own` is true when the call is of the same run. */
  replay(call: EndedCall<Details>, own: boolean): ReplayedCall
  /** The ids of files that a call has produced as pictures. The next message shows them. */
  pictures?(details: Details): string[]
}

/** What a tool knows about the run in which it works. */
export interface ToolContext<Details extends object = object> {
  runId: string
  project: string
  /** The key with which the run was made. '' where that is not known. */
  apiKey: string
  /** The thread of the run, or the id of what stands in its place. */
  threadId: string
  /** Whatever programs keep between runs belongs to this. */
  sandbox: RunSandbox
  model: string
  /** In tokens, for the prompt and the answer together. */
  contextWindow: number
  /** What the model's provider runs itself. Undefined where the API of the run has no such tools. */
  hosted?: HostedTools | undefined
  /** The entries of this type in the run's list of tools, as they were requested. */
  requested: Record<string, unknown>[]
  /** What the assistant and the thread have under the name of this type. Either may be missing. */
  resources: { assistant: unknown; thread: unknown }
  /** The finished calls of this type in this run, oldest first. */
  ended: EndedCall<Details>[]
  /** Lists of functions that are known from before, so that their sources are not asked again. */
  lists?: readonly ToolList[] | undefined
  /** Told when a source is asked for its functions, and of its answer, by tools that have such sources. */
  listed?: ((list: ToolList) => void) | undefined
}

/** Where the programs of a run work: their session, and the files that they leave, belong to it. Several runs may share it. */
export interface RunSandbox {
  /** That of a thread has the id of the thread. */
  id: string
  /** True when files of programs are found only through the sandbox, false when they are Files of the project. */
  hidesFiles: boolean
  /** The path that a picture has in the sandbox. Left out where it has none. */
  pathOfPicture?(fileId: string): string
  /** Called before and after each program. Throws ToolFailure when the sandbox is gone. */
  used?(): Promise<void>
}

/** What a source outside of the server, such as a server of the Model Context Protocol, says that it can do. */
export interface ToolList {
  /** The name that the request gives to the source. */
  source: string
  state: 'in_progress' | 'completed' | 'failed'
  tools: readonly McpListedTool[]
  /** Why there is no list. */
  error?: string
}

/** A finished call, as it is stored. */
export interface EndedCall<Details extends object = object> {
  id: string
  details: Details
  /** What the model was told. Undefined when the details contain it. */
  toolResult: string | undefined
  /** The arguments as the model wrote them. Undefined when the details contain them. */
  toolArguments: string | undefined
}

/** A call as a prompt contains it. */
export interface ReplayedCall {
  name: string
  /** As the model wrote them. This is usually JSON, but it may contain mistakes. */
  arguments: string
  result: string
}

/** What a model is offered: a function, or a tool that its provider knows. */
export type OfferedTool = LanguageModelV4FunctionTool | LanguageModelV4ProviderTool

/** A tool that is open in one run. */
export interface RunTool<Details extends object = object> {
  /**
   * The functions that the model is offered, or what stands for a tool of its provider: one for each entry of `requested`.
   * Further functions follow the last entry.
   */
  readonly definitions: OfferedTool[]
  /**
   * Waits for something that the tool needs and that is not ready yet. It is called before each turn of the model.
   * Throws the reason of the signal.
   */
  ready?(signal: AbortSignal): Promise<void>
  /** What the model must know in order to use the tool. Empty when there is nothing. */
  systemText?(): string
  /**
   * How each file can be read with the tool, in words that continue after the name of the file. A file may be missing
   * in the result.
   */
  waysToRead?(fileIds: string[]): Promise<Map<string, string>>
  /** What the markers and paths in the model's text refer to. */
  readonly sources?: Sources
  /**
   * Begins a call of one of the functions in `definitions`. All calls of a turn begin before the first of them runs.
   * `approval` is the id of the call that the caller has approved, where this one carries it out.
   */
  begin(name: string, approval?: string): Call<Details>
  /** Gives back what the tool holds, at the end of the attempt. Never rejects. */
  close?(): Promise<void>
}

/** One call of a tool. */
export interface Call<Details extends object = object> {
  /** The details as the API shows them. They grow with each delta. */
  readonly details: Details
  /**
   * The same as a call of a function, for an API that has no type for this tool. It grows with the same deltas.
   */
  readonly asFunction?: { name: string; arguments: string; output: string | null }
  /** True of a call of a tool that there is not. `run` tells the model so. */
  readonly isUnknown?: boolean
  /** True of a call that the caller makes: `run` says of it what he has to do. */
  readonly isOfCaller?: boolean
  /** True of a call that runs only after the caller has allowed it: `run` gives an outcome with `approval`. */
  readonly asksFirst?: boolean
  /** Takes the next piece of the arguments. Returns what clients are shown of it. */
  argue(piece: string): Delta<Details> | undefined
  /** The arguments are complete. Returns what has not been shown yet. */
  settle(text: string): Delta<Details> | undefined
  /** The pictures that the call has made, in base64, by the ids of their Files. */
  readonly pictures?: ReadonlyMap<string, string>
  /** Set after `settle`, when the details do not contain the arguments. */
  readonly toolArguments?: string | undefined
  /**
   * Does the work, and calls `show` with each delta. Throws ToolFailure, which ends the run, or the reason of the
   * signal.
   */
  run(show: (delta: Delta<Details>) => void, signal: AbortSignal): Promise<Outcome>
}

/** A part of the details, with the index at which clients insert each piece. */
export type Delta<Details extends object = object> = { [Key in keyof Details]?: unknown }

export type Outcome =
  /** This text is for the model. `error` is why the call could not be made, for whoever looks at the run. */
  | { toolResult: string; error?: string }
  /** The caller has to do the work. The object is what the caller is shown under the name of the tool's type. */
  | {
      waitsFor: object
      /** True when the caller has to allow the call, which is begun again with the id of this one when he has. */
      approval?: true
    }
