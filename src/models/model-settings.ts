import type { ProviderSettings } from './provider-settings.ts'

export interface ModelSettings {
  /** In order of preference. */
  providers: ProviderSettings[]
  /** From a name, in which `*` stands for anything, to the name that answers. */
  aliases: Record<string, string>
  /** What well-known OpenAI names lead to. */
  defaultModel?: string
  /** Whether to look for an Ollama at its usual address when none is set. */
  discover: boolean
  /** How long a connection to a provider may take to come about, where it has no setting of its own; in milliseconds. */
  connectMs?: number
  /** What was found and is not used, in sentences for the operator. */
  ignored?: string[]
  /** What the operator has set of them. */
  turnLimits?: Partial<TurnLimits>
}

/** What one answer of a model may take. */
export interface TurnLimits {
  /** Until the model sends something, in milliseconds. */
  firstByteMs: number
  /** Of UTF-8; a longer answer ends there. */
  maxAnswerBytes: number
}

export const defaultTurnLimits: TurnLimits = { firstByteMs: 120_000, maxAnswerBytes: 4 * 1024 * 1024 }
