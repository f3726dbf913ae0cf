import type { ProviderSettings } from './provider-settings.ts'

type Environment = Record<string, string | undefined>

/** Trims the values of variables. A variable that contains only white space counts as not set. */
export const withoutBlanks = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value?.trim()]))

/** Servers with OpenAI's API whose key has a common variable. */
const hosted = [
  { name: 'openrouter', key: 'OPENROUTER_API_KEY', baseUrl: 'https://openrouter.ai/api/v1' },
  { name: 'groq', key: 'GROQ_API_KEY', baseUrl: 'https://api.groq.com/openai/v1' },
  { name: 'deepseek', key: 'DEEPSEEK_API_KEY', baseUrl: 'https://api.deepseek.com' },
  { name: 'together', key: 'TOGETHER_API_KEY', baseUrl: 'https://api.together.xyz/v1' },
  { name: 'xai', key: 'XAI_API_KEY', baseUrl: 'https://api.x.ai/v1' },
]

/** The providers that the environment names, in order of preference. An empty variable counts as not set. */
export function providersFromEnvironment(env: Environment, problems: string[]): ProviderSettings[] {
  const providers: ProviderSettings[] = []
  const add = (
    name: string,
    type: ProviderSettings['type'],
    baseUrl?: string,
    apiKey?: string,
    model?: string,
  ) => {
    providers.push({
      name,
      type,
      ...(baseUrl && { baseUrl }),
      ...(apiKey && { apiKey }),
      models: model ? { [model]: {} } : {},
    })
  }
  const address = (variable: string) => {
    const value = env[variable]
    if (!value) return undefined
    const url = URL.parse(value)
    if (url && /^https?:$/.test(url.protocol)) return value.replace(/\/+$/, '')
    problems.push(`${variable} is no http or https address`)
    return undefined
  }

  const openaiKey = env['OPENAI_API_KEY']
  const openaiUrl = address('OPENAI_BASE_URL')
  const elsewhere = openaiUrl && new URL(openaiUrl).hostname !== 'api.openai.com'
  if (elsewhere) add('openai-compatible', 'openai-compatible', openaiUrl, openaiKey)
  else if (openaiKey) add('openai', 'openai', openaiUrl, openaiKey)

  const azureKey = env['AZURE_OPENAI_API_KEY'] || env['AZURE_API_KEY']
  const azureUrl =
    address('AZURE_OPENAI_ENDPOINT') ??
    (env['AZURE_RESOURCE_NAME'] && `https://${env['AZURE_RESOURCE_NAME']}.openai.azure.com`)
  if (azureKey && azureUrl) add('azure', 'azure', azureUrl, azureKey, env['AZURE_OPENAI_DEPLOYMENT'])

  if (env['ANTHROPIC_API_KEY']) {
    add('anthropic', 'anthropic', address('ANTHROPIC_BASE_URL'), env['ANTHROPIC_API_KEY'])
  }
  const googleKey = env['GOOGLE_GENERATIVE_AI_API_KEY'] || env['GEMINI_API_KEY']
  if (googleKey) add('google', 'google', undefined, googleKey)
  if (env['MISTRAL_API_KEY']) add('mistral', 'mistral', undefined, env['MISTRAL_API_KEY'])
  for (const { name, key, baseUrl } of hosted) {
    if (env[key]) add(name, 'openai-compatible', baseUrl, env[key])
  }

  if (env['OLLAMA_HOST']) {
    const baseUrl = ollamaAddress(env['OLLAMA_HOST'])
    if (baseUrl) add('ollama', 'ollama', baseUrl)
    else problems.push('OLLAMA_HOST is no address')
  }
  return providers
}

export const defaultOllamaUrl = 'http://127.0.0.1:11434'

/**
 * Reads OLLAMA_HOST as Ollama does: with or without scheme and port (`host`, `:port`, `host:port`, or a whole address).
 * Ollama itself listens on this address, so an address that means every interface is read as this machine.
 */
export function ollamaAddress(host: string): string | undefined {
  const hasScheme = /^https?:\/\//.test(host)
  const url = URL.parse(hasScheme ? host : `http://${host.startsWith(':') ? `127.0.0.1${host}` : host}`)
  if (!url) return undefined
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1'
  if (!url.port && !hasScheme) url.port = '11434'
  return url.href.replace(/\/+$/, '')
}
