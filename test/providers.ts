import type { OpenRegistry } from '../src/models/registry.ts'
import type { ProviderSettings } from '../src/models/provider-settings.ts'

export const textOf = (registry: OpenRegistry) =>
  registry
    .describe()
    .map(({ text }) => text)
    .join('\n')

export const server = (
  name: string,
  baseUrl: string,
  models: ProviderSettings['models'] = {},
): ProviderSettings => ({
  name,
  type: 'openai-compatible',
  baseUrl,
  apiKey: 'top-secret',
  models,
})

export const nowhere = 'http://127.0.0.1:9/v1'

/** A fetch whose answers the test changes while the registry is open. */
export function changingFetch() {
  const state = { models: undefined as string[] | undefined, status: 200, asked: 0 }
  const fetch = async () => {
    state.asked++
    if (!state.models)
      throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })
    return Response.json({ data: state.models.map((id) => ({ id })) }, { status: state.status })
  }
  return { state, fetch: fetch as typeof globalThis.fetch }
}

/** The answer of a provider to `GET /models`. */
export const answers = (make: () => Response) => (async () => make()) as unknown as typeof globalThis.fetch
