import type { ProviderSettings, ProviderType } from '../provider-settings.ts'
import { anthropic } from './anthropic.ts'
import { azure } from './azure.ts'
import { chatServer } from './chat-server.ts'
import { google } from './google.ts'
import { mistral } from './mistral.ts'
import { ollama } from './ollama.ts'
import { openai } from './openai.ts'
import type { Fetch, Provider } from './provider.ts'

/** How a provider is made from its settings, for each type. */
export const families: Record<ProviderType, (settings: ProviderSettings, fetch: Fetch) => Provider> = {
  openai,
  'openai-compatible': chatServer,
  azure,
  anthropic,
  google,
  mistral,
  ollama,
}
