/** What one model can do, where the provider does not say. */
export interface ModelLimits {
  /** In tokens: prompt and answer together. */
  contextWindow?: number
  /** Whether the provider enforces a JSON schema. */
  structuredOutputs?: boolean
}

export type ProviderType =
  | 'openai'
  | 'openai-compatible'
  | 'azure'
  | 'anthropic'
  | 'google'
  | 'mistral'
  | 'ollama'

export interface ProviderSettings {
  name: string
  type: ProviderType
  /** Without a slash at its end. */
  baseUrl?: string
  apiKey?: string
  /** Named models; empty: whatever the provider lists. */
  models: Record<string, ModelLimits>
}

export interface ModelSettings {
  /** In order of preference. */
  providers: ProviderSettings[]
  /** From a name, in which `*` stands for anything, to the name that answers. */
  aliases: Record<string, string>
  /** What well-known OpenAI names lead to. */
  defaultModel?: string
  /** Whether to look for an Ollama at its usual address. */
  discover: boolean
}
