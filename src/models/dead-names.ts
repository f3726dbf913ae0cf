import { followAlias } from './aliases.ts'
import type { ModelSettings } from './model-settings.ts'

/**
 * The lists of these providers may contain names with a slash, such as `Qwen/Qwen3-32B`, which look like
 * `provider/model`.
 */
const listSlashes = new Set(['openai', 'openai-compatible', 'azure', 'ollama'])

/**
 * Finds aliases and a `default_model` that name a provider which does not exist, and returns a sentence for each. When
 * a provider might list such a name, only its list can tell, and the banner reports it.
 */
export function deadNames({ providers, aliases, defaultModel, discover }: ModelSettings): string[] {
  const known = [...providers.map(({ name }) => name), ...(discover ? ['ollama'] : [])]
  const mayList = providers.some(
    ({ type, models }) => listSlashes.has(type) && Object.keys(models).length === 0,
  )
  const isDead = (target: string) => {
    const slash = target.indexOf('/')
    return (
      slash > 0 &&
      !mayList &&
      !known.includes(target.slice(0, slash)) &&
      !providers.some(({ models }) => Object.hasOwn(models, target)) &&
      followAlias(aliases, target) === undefined
    )
  }
  const named = Object.entries(aliases).map(([name, target]) => ({ what: `aliases.${name}`, target }))
  if (defaultModel !== undefined) named.push({ what: 'default_model', target: defaultModel })
  const there = known.length > 0 ? `there is ${known.join(', ')}` : 'none is configured'
  return named
    .filter(({ target }) => isDead(target))
    .map(
      ({ what, target }) =>
        `${what} leads to "${target}", but no provider is called "${target.split('/')[0]}" (${there})`,
    )
}
