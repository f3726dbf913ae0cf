import { demoOwner } from './demo/demo.ts'
import type { ListedModel } from './model.ts'
import { findName, type KnownModels } from './resolve-name.ts'

/**
 * The models that a client may choose from: own ones, what the providers offer, and the aliases that lead to one of them.
 * Models that a provider does not date are from `opened`, in seconds.
 */
export async function listModels(known: KnownModels, opened: number): Promise<ListedModel[]> {
  const { own, connected, aliases } = known
  const entry = (id: string, owned_by: string, created = opened): ListedModel => ({ id, created, owned_by })
  const listed = own.map((id) => entry(id, 'threadmill'))
  if (connected.length === 0) listed.push(entry('demo', demoOwner))
  for (const { settings, catalogue } of connected) {
    const { name, listsBareNames } = catalogue.provider
    const offered = await catalogue.list()
    const named = catalogue.reachable
      ? Object.keys(settings.models).map((id) => ({ id, created: opened }))
      : []
    for (const { id, created } of named.length ? named : offered) {
      listed.push(entry(listsBareNames ? id : `${name}/${id}`, name, created))
    }
  }
  for (const alias of Object.keys(aliases).filter((name) => !name.includes('*'))) {
    const target = findName(alias, known)
    if (target === undefined || listed.some(({ id }) => id === alias)) continue
    listed.push(entry(alias, typeof target === 'string' ? 'threadmill' : target.connected.settings.name))
  }
  return listed
}
