import { demoOwner } from './demo/demo.ts'
import type { Catalogue } from './catalogue.ts'
import type { ListedModel } from './model.ts'
import type { OfferedModel } from './providers/provider.ts'
import { findName, type KnownModels } from './resolve-name.ts'

/** Which models of a provider are listed. Undefined where it cannot be asked. */
type Offered = (catalogue: Catalogue) => OfferedModel[] | undefined

/** Those of a provider that answers. */
const answering: Offered = ({ listed }) => listed

/** Those that a provider has listed last, whatever it does now. */
export const everOffered: Offered = ({ offered }) => offered

/**
 * The models that a client may choose from: own ones, what the providers offer, and the aliases that lead to one of them.
 * Models that a provider does not date are from `opened`, in seconds.
 */
export function listModels(known: KnownModels, opened: number, offeredBy = answering): ListedModel[] {
  const { own, connected, aliases } = known
  const entry = (id: string, owned_by: string, created = opened): ListedModel => ({ id, created, owned_by })
  const listed = own.map((id) => entry(id, 'threadmill'))
  if (connected.length === 0) listed.push(entry('demo', demoOwner))
  for (const { settings, catalogue } of connected) {
    const { name, listsBareNames } = catalogue.provider
    const offered = offeredBy(catalogue)
    if (!offered) continue
    const named = Object.keys(settings.models).map((id) => ({ id, created: opened }))
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
