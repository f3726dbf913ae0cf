import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import type { Call, Tool } from './tool.ts'
import type { Sources } from './sources.ts'

/** The tools of the server, by their types. */
export type Tools = ReadonlyMap<string, Tool>

/** The tools of one run, at work. */
export interface ToolSet {
  readonly definitions: LanguageModelV4FunctionTool[]
  readonly sources: Sources
  /** Waits until every tool has what it needs. */
  ready(signal: AbortSignal): Promise<void>
  systemTexts(): string[]
  /** How each of these files can be read with the tool of this type, in words; a file may be missing. */
  waysToRead(type: string, fileIds: string[]): Promise<Map<string, string>>
  /** The call that a model means by a name. */
  begin(name: string): { type: string; call: Call }
}
