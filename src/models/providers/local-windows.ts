import { getJson, type Fetch, type OfferedModel } from './provider.ts'

/** Where the servers of one kind report the context window of their models. */
interface Source {
  /** The path from the root of the server, for one model. */
  path: (modelId: string) => string
  /** The context window of that model in tokens, read from the answer. */
  read: (answer: Record<string, unknown>, modelId: string) => unknown
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/**
 * llama.cpp and programs based on it. Each request has a slot, and with several slots each has only a part of the
 * window.
 */
const llamaCpp: Source = {
  path: () => '/props',
  read: ({ default_generation_settings: settings }) => isRecord(settings) && settings['n_ctx'],
}

/** A llama.cpp that starts other ones, each with a model. A question must not make it load a model. */
const llamaCppRouter: Source = {
  ...llamaCpp,
  path: (modelId) => `/props?model=${encodeURIComponent(modelId)}&autoload=false`,
}

/** The window with which a model was loaded, or the largest possible one when it is not loaded. */
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

/**
 * The kinds of servers, by the owner in their list of models. llamafile gives no owner, but the name of a file that
 * ends with .gguf.
 */
const byOwner: Record<string, Source> = {
  llamacpp: llamaCpp,
  organization_owner: lmStudio,
  koboldcpp: koboldCpp,
}

/** How long to wait for an answer, in milliseconds. A server that does not know the question may not answer. */
const timeoutMs = 1_000
/** How many models of a router are asked about. */
const maxModels = 16

/**
 * Adds the context window, for which OpenAI's list of models has no field, for llama.cpp, LM Studio and KoboldCpp.
 * Other servers are not asked. A missing answer is not an error.
 */
export function localWindows(
  fetch: Fetch,
  baseUrl: string,
  headers: Record<string, string>,
): (models: OfferedModel[], signal: AbortSignal) => Promise<OfferedModel[]> {
  const { origin, pathname } = new URL(baseUrl)
  const root = `${origin}${pathname.replace(/\/(v1\/?)?$/, '')}`

  /** A busy server may not answer in time, so its last answer is kept. */
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
