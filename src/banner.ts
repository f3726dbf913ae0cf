import type { Config } from './config.ts'
import type { Server } from './start.ts'

/** What a newcomer needs to see at the start. A key that the environment gave is not repeated. */
export function banner(config: Config, server: Pick<Server, 'url' | 'models'>): string {
  const key = config.apiKeyFrom === 'file' ? config.apiKey : '(the one in THREADMILL_API_KEY)'
  return `
Threadmill listens on ${server.url}   data in ${config.dataDir}

  API key   ${key}
${server
  .models()
  .map((line, at) => `  ${at === 0 ? 'Models ' : '       '}   ${line}`)
  .join('\n')}

An existing client needs two lines:

  base_url = "${server.url}/v1"      # OPENAI_BASE_URL
  api_key  = "${config.apiKeyFrom === 'file' ? config.apiKey : '...'}"      # OPENAI_API_KEY
`
}
