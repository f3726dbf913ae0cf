import { getJson, type Fetch, type OfferedModel } from './provider.ts'

/** Where the servers of one kind say how much their models read. */
interface Source {
  /** From the root of the server, for one model. */
  path: (modelId: string) => string
  /** How much that model reads, in tokens, from the answer. */
  read: (answer: Record<string, unknown>, modelId: string) => unknown
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** llama.cpp and what is made of it: what one request has, a slot, which is less than the whole where there are several. */
const llamaCpp: Source = {
  path: () => '/props',
  read: ({ default_generation_settings: settings }) => isRecord(settings) && settings['n_ctx'],
}

/** A llama.cpp that starts others, each with a model: it must not load one because it is asked. */
const llamaCppRouter: Source = {
  ...llamaCpp,
  path: (modelId) => `/props?model=${encodeURIComponent(modelId)}&autoload=false`,
}

/** What a model was loaded with; where it is not loaded, what it could have at most. */
const lmStudio: Source = {
  path: () => '/api/v0/models',
  read({ data }, modelId) {
    const models: unknown[] = Array.isArray(data) ? data : []
    const model = models.filter(isRecord).find(({ id }) => id === modelId)
    return model?.['loaded_context_length'] ?? model?.['max_context_length']
  },
}

const koboldCpp: Source = {
  path: () => '/api/extra/true_max_context_length',
  read: ({ value }) => value,
}

/** By what such a server says in its list of models that they are owned by; llamafile says nothing, but names its file. */
const byOwner: Record<string, Source> = {
  llamacpp: llamaCpp,
  organization_owner: lmStudio,
  koboldcpp: koboldCpp,
}

/** A question that its server has no answer to is over then, in milliseconds. */
const timeoutMs = 1_000
/** Of a router of many models, those that are asked about. */
const maxModels = 16

/**
 * Adds what OpenAI's list of models has no place for: how much the models of llama.cpp, LM Studio and KoboldCpp read. Other
 * servers are asked nothing. That no answer comes is no fault.
 */
export function localWindows(
  fetch: Fetch,
  baseUrl: string,
  headers: Record<string, string>,
): (models: OfferedModel[], signal: AbortSignal) => Promise<OfferedModel[]> {
  const { origin, pathname } = new URL(baseUrl)
  const root = `${origin}${pathname.replace(/\/(v1\/?)?$/, '')}`

  /** A server that is busy may not answer in time: what it has said before counts. */
  const told = new Map<string, number>()

  async function ask(source: Source, models: OfferedModel[], signal: AbortSignal): Promise<OfferedModel[]> {
    const asked = new Map<string, Promise<Record<string, unknown>>>()
    const answerTo = (path: string) => {
      const answer =
        asked.get(path) ??
        (asked.size >= maxModels
          ? Promise.resolve({})
          : getJson(fetch, `${root}${path}`, { headers, signal }).catch(() => ({})))
      asked.set(path, answer)
      return answer
    }
    return Promise.all(
      models.map(async (model) => {
        if (model.contextWindow !== undefined) return model
        const { id } = model
        const length = source.read(await answerTo(source.path(id)), id)
        if (typeof length === 'number' && length > 0) told.set(id, length)
        const contextWindow = told.get(id)
        return contextWindow === undefined ? model : { ...model, contextWindow }
      }),
    )
  }

  return async (models, given) => {
    const source = sourceOf(models)
    if (!source) return models
    return ask(source, models, AbortSignal.any([given, AbortSignal.timeout(timeoutMs)]))
  }
}

function sourceOf(models: OfferedModel[]): Source | undefined {
  const [first] = models
  if (!first || models.every(({ contextWindow }) => contextWindow !== undefined)) return undefined
  const source = byOwner[first.ownedBy ?? ''] ?? (first.id.endsWith('.gguf') ? llamaCpp : undefined)
  return source === llamaCpp && models.length > 1 ? llamaCppRouter : source
}
