import type { Connected, KnownModels } from './resolve-name.ts'

/** How to connect a model, for the banner and for the words of `demo`. */
export const connectHint =
  'set OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_GENERATIVE_AI_API_KEY, MISTRAL_API_KEY or OPENAI_BASE_URL ' +
  '(vLLM, llama.cpp, LM Studio, ...), or start Ollama, and restart Threadmill'

/** The models of the banner: one line a provider, or what `demo` is. */
export function describeModels(
  { connected, own, defaultModel }: KnownModels,
  representative: (one: Connected) => string | undefined,
): string[] {
  if (connected.length === 0 && own.length === 0) {
    return [
      'demo, a small built-in planner and openly no language model: to try everything without a key.',
      'To connect one: set OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_GENERATIVE_AI_API_KEY, MISTRAL_API_KEY',
      'or OPENAI_BASE_URL (vLLM, llama.cpp, LM Studio, ...), or start Ollama. More in docs/models.md.',
    ]
  }
  const lines = connected.map(({ settings, catalogue }) => {
    const names = Object.keys(settings.models)
    const all = names.length ? names : catalogue.offered.map(({ id }) => id)
    const shown = all.slice(0, 4).join(', ') + (all.length > 4 ? ` and ${all.length - 4} more` : '')
    return `${settings.name}: ${shown || 'not listed yet'}`
  })
  if (own.length > 0) lines.unshift(own.join(', '))
  const first = connected.find((one) => representative(one) !== undefined)
  const target = defaultModel ?? (first && `${first.settings.name}/${representative(first)}`) ?? own[0]
  const ownNames = connected.some(({ catalogue }) => catalogue.provider.ownNames?.test('gpt-4-turbo'))
  if (target && !ownNames) lines.push(`OpenAI's model names (gpt-4-turbo, ...) lead to ${target}`)
  return lines
}
