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

/** Whether the provider is spoken to by the own client of chat completions, which has settings of its own. */
export const isChatServer = ({ type, baseUrl }: Pick<ProviderSettings, 'type' | 'baseUrl'>): boolean =>
  type === 'openai-compatible' ||
  type === 'azure' ||
  type === 'ollama' ||
  (type === 'openai' && baseUrl !== undefined && new URL(baseUrl).hostname !== 'api.openai.com')

export interface ProviderSettings {
  name: string
  type: ProviderType
  /** Without a slash at its end. */
  baseUrl?: string
  apiKey?: string
  /** How long its models may take until they send something; the server's own setting where it is missing. */
  firstByteMs?: number
  /** How long a connection to it may take to come about; the server's own setting where it is missing. */
  connectMs?: number
  /** Named models; empty: whatever the provider lists. */
  models: Record<string, ModelLimits>
}
