import type { Prices } from './prices.ts'
import type { ProviderSettings } from './provider-settings.ts'

export interface ModelSettings {
  /** In order of preference. */
  providers: ProviderSettings[]
  /** From a name, in which `*` stands for any text, to the name of a model. */
  aliases: Record<string, string>
  /** The model for well-known names of OpenAI. */
  defaultModel?: string
  /** What models cost, as the operator has read it. */
  prices?: Prices
  /** Whether to look for Ollama at its default address when none is set. */
  discover: boolean
  /** How long connecting to a provider without its own setting may take, in milliseconds. */
  connectMs?: number
  /** Settings that were found and are not used, as sentences for the operator. */
  ignored?: string[]
  /** The limits that the operator has set. The others have their defaults. */
  turnLimits?: Partial<TurnLimits>
}

/** The limits of one answer of a model. */
export interface TurnLimits {
  /** How long the model may take to send something, in milliseconds. */
  firstByteMs: number
  /** In bytes of UTF-8. A longer answer ends there. */
  maxAnswerBytes: number
}

export const defaultTurnLimits: TurnLimits = { firstByteMs: 120_000, maxAnswerBytes: 4 * 1024 * 1024 }
