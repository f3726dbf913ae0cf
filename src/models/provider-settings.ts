/** What one model can do, where the provider does not say. */
export interface ModelLimits {
  /** In tokens: prompt and answer together. */
  contextWindow?: number
  /** Whether the provider enforces a JSON schema. */
  structuredOutputs?: boolean
}

export const providerTypes = [
  'openai',
  'openai-compatible',
  'azure',
  'anthropic',
  'google',
  'mistral',
  'ollama',
] as const
export type ProviderType = (typeof providerTypes)[number]

export interface ProviderSettings {
  name: string
  type: ProviderType
  /** Without a slash at its end. */
  baseUrl?: string
  apiKey?: string
  /** How long its models may take until they send something; the server's own setting where it is missing. */
  firstByteMs?: number
  /** Named models; empty: whatever the provider lists. */
  models: Record<string, ModelLimits>
}
