import type { Config } from './config.ts'
import { packagesInWords } from './sandbox/data-packages.ts'
import type { SandboxStatus } from './sandbox/start-sandboxes.ts'

/** What a newcomer needs to see at the start. A key that the environment gave is not repeated. */
export function banner(config: Config, url: string, models: string[]): string {
  const key = config.apiKeyFrom === 'file' ? config.apiKey : '(the one in THREADMILL_API_KEY)'
  return `
Threadmill  ${url}

  Key      ${key}
  Data     ${config.dataDir}
  Models   ${models.join('\n           ')}

Two lines change in an existing client, or two variables around it:

  base_url="${url}/v1"    OPENAI_BASE_URL
  api_key="${config.apiKeyFrom === 'file' ? key : '...'}"    OPENAI_API_KEY
`
}

/** How model-written code is confined; known a little after the start. */
export function sandboxLine({ state, id, isolation, reason, packages, warning }: SandboxStatus): string {
  if (state !== 'ready') return `  Code interpreter   none: ${reason ?? 'unknown reason'}\n`
  const why = reason === undefined ? '' : `                     ${reason}\n`
  const there = `                     ${packagesInWords(packages, id)}\n`
  return `  Code interpreter   ${id} (${isolation})\n${there}${why}${warning ? `\n  WARNING: ${warning}\n` : ''}`
}
