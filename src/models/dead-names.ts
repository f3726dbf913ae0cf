import { followAlias } from './aliases.ts'
import type { ModelSettings } from './model-settings.ts'

/** Their lists may have names with a slash, as `Qwen/Qwen3-32B`, which look like those of a provider. */
const listSlashes = new Set(['openai', 'openai-compatible', 'azure', 'ollama'])

/**
 * What aliases and `default_model` name of a provider that there is none of: a sentence each. Where a provider might list
 * such a name, only its list can tell, and the banner does.
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
