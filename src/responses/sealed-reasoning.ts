import type { ReasoningItem, StoredItem } from '../contract/responses/items.ts'
import type { ProviderMetadata } from '../contract/provider-metadata.ts'
import { seal, unseal } from './seal.ts'

interface Sealed {
  text: string
  provider: ProviderMetadata
}

const textOf = ({ content = [], summary }: ReasoningItem): string =>
  [...content, ...summary].map(({ text }) => text).join('\n')

/** Gives reasoning its sealed form, which a caller who stores nothing here sends back. */
export function sealReasoning(key: Buffer, project: string, stored: StoredItem): void {
  const item = stored.item as ReasoningItem
  const sealed: Sealed = { text: textOf(item), provider: stored.provider ?? {} }
  item.encrypted_content = seal(key, project, sealed)
}

/** Reads reasoning that a caller has sent back. What was sealed elsewhere is kept as it is, and no model reads it. */
export function unsealReasoning(key: Buffer, project: string, stored: StoredItem): StoredItem {
  const { item } = stored
  if (item.type !== 'reasoning' || item.encrypted_content === undefined) return stored
  const found = unseal(key, project, item.encrypted_content) as Sealed | undefined
  return found ? { ...stored, told: found.text, provider: found.provider } : stored
}
