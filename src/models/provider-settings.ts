/** The abilities of one model, for providers that do not report them. */
export interface ModelLimits {
  /** In tokens, for the prompt and the answer together. */
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

/** The API of OpenAI's that a provider is asked by. */
export const providerApis = ['chat-completions', 'responses'] as const
export type ProviderApi = (typeof providerApis)[number]

/** The types of providers that may speak either. */
export const speaksOpenAI = ({ type }: Pick<ProviderSettings, 'type'>): boolean =>
  type === 'openai' || type === 'openai-compatible' || type === 'azure'

const isElsewhere = ({ type, baseUrl }: Pick<ProviderSettings, 'type' | 'baseUrl'>): boolean =>
  type !== 'openai' || (baseUrl !== undefined && new URL(baseUrl).hostname !== 'api.openai.com')

/** True when our own client for chat completions is used, which has settings of its own. */
export const isChatServer = (one: Pick<ProviderSettings, 'type' | 'baseUrl' | 'api'>): boolean =>
  one.type === 'ollama' || (speaksOpenAI(one) && isElsewhere(one) && one.api !== 'responses')

/** True when the server may be told what a caller says of itself, or not. */
export const mayBeToldOfCallers = (one: Pick<ProviderSettings, 'type' | 'baseUrl' | 'api'>): boolean =>
  isChatServer(one) || one.api === 'responses'

export interface ProviderSettings {
  name: string
  type: ProviderType
  /** Without a slash at the end. */
  baseUrl?: string
  apiKey?: string
  /** How long its models may take to send something. Without it the setting of the server is used. */
  firstByteMs?: number
  /** How long connecting may take. Without it the setting of the server is used. */
  connectMs?: number
  /** Without it, chat completions. Of OpenAI itself those for all turns but the ones with its own tools. */
  api?: ProviderApi
  /** Whether a chat server is told what a caller says of itself and of its request. Without it only OpenAI's is. */
  callerParameters?: boolean
  /** The configured models. When empty, the models that the provider lists. */
  models: Record<string, ModelLimits>
}
