import { findName, firstProvider, type Connected, type KnownModels } from './resolve-name.ts'

/** How to connect a model. The banner and the answers of `demo` say this. */
export const connectHint =
  'set OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_GENERATIVE_AI_API_KEY, MISTRAL_API_KEY or OPENAI_BASE_URL ' +
  '(vLLM, llama.cpp, LM Studio, ...), or start Ollama, and restart Threadmill'

/** A line for the operator. */
export interface ModelLine {
  text: string
  /** True when no model can be asked for this reason. */
  fails: boolean
  /** True when somebody has to act before a model answers. */
  warns?: boolean
}

/** The models in the banner: one line for each provider, or an explanation of `demo`. */
export function describeModels(
  known: KnownModels,
  representative: (one: Connected) => string | undefined,
): ModelLine[] {
  const { connected, own, defaultModel } = known
  if (connected.length === 0 && own.length === 0) {
    return [
      'demo, a small built-in planner and openly no language model: to try everything without a key.',
      'To connect one: set OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_GENERATIVE_AI_API_KEY, MISTRAL_API_KEY',
      'or OPENAI_BASE_URL (vLLM, llama.cpp, LM Studio, ...), or start Ollama. More in docs/models.md.',
    ].map(works)
  }
  const lines = [...connected.map(describeProvider), ...deadAliases(known)]
  if (own.length > 0) lines.unshift(works(own.join(', ')))
  const first = firstProvider(connected)
  const target = defaultModel ?? (first && leadsTo(first, representative(first))) ?? own[0]
  const ownNames = connected.some(({ catalogue }) => catalogue.provider.ownNames?.test('gpt-4-turbo'))
  if (target && !ownNames) lines.push(works(`OpenAI's model names (gpt-4-turbo, ...) lead to ${target}`))
  return lines
}

const leadsTo = ({ settings: { name } }: Connected, modelId: string | undefined) =>
  modelId === undefined ? `'${name}', and wait until it can be asked for its models` : `${name}/${modelId}`

const works = (text: string): ModelLine => ({ text, fails: false })

/** The models of a provider, or why none is known. It contains the address, which belongs to the operator. */
function describeProvider({ settings, catalogue }: Connected): ModelLine {
  const names = Object.keys(settings.models)
  const all = names.length > 0 ? names : catalogue.offered.map(({ id }) => id)
  const shown = all.slice(0, 4).join(', ') + (all.length > 4 ? ` and ${all.length - 4} more` : '')
  const { problem, reachable } = catalogue
  if (problem && !(reachable && names.length > 0)) {
    const at = settings.baseUrl === undefined ? '' : `at ${withoutSecrets(settings.baseUrl)} `
    return { text: `${settings.name}: ${shown && `${shown}; `}${at}${problem.reason}`, fails: true }
  }
  if (shown) return works(`${settings.name}: ${shown}`)
  if (!reachable) return works(`${settings.name}: not listed yet, it has not answered so far`)
  const load = settings.type === 'ollama' ? 'get one (ollama pull MODEL)' : 'load one there'
  return {
    text: `${settings.name}: lists no models: ${load}, or name it in the config file (docs/models.md)`,
    fails: false,
    warns: true,
  }
}

/** Removes secrets: an address may contain a password, or a key in its query. */
function withoutSecrets(address: string): string {
  const url = URL.parse(address)
  if (!url) return 'its address'
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`
}

/** Names in the configuration that nothing serves, once every provider has been asked. */
function deadAliases(known: KnownModels): ModelLine[] {
  if (known.connected.some(({ catalogue }) => !catalogue.reachable)) return []
  const named = Object.entries(known.aliases).map(([name, target]) => ({
    what: `the alias '${name}'`,
    target,
  }))
  if (known.defaultModel !== undefined) named.push({ what: 'default_model', target: known.defaultModel })
  return named
    .filter(({ target }) => findName(target, known) === undefined)
    .map(({ what, target }) => ({
      text: `${what} leads to '${target}', which nothing here serves`,
      fails: true,
    }))
}
