import type { LanguageModelV4 } from '@ai-sdk/provider'
import type { Log } from '../common/log.ts'
import type { OwnTool } from '../tools/own-tool.ts'

/** What a program that starts a server in its own process gives it besides settings. */
export interface StartOptions {
  /**
   * Models of the embedding program or of a test, by name. Names of OpenAI's models (`gpt-4o`, ...) lead to the first
   * of them when no provider is connected. Without any model they lead to the built-in `demo`.
   */
  models?: Record<string, LanguageModelV4> | undefined
  /** Called with each event of the server's log. Nothing is logged without it. */
  log?: Log | undefined
  /** Tools of the embedding program, in addition to those of the API. Assistants and runs name them by their types. */
  tools?: OwnTool[] | undefined
}
