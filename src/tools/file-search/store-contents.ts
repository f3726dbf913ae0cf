import { quotedName } from '../../contract/name-in-text.ts'
import type { VectorStoreFileStatus } from '../../contract/file-counts.ts'
import type { StoreContents } from '../../store/files-of-stores.ts'

/**
 * Tells the model which files can be searched. Users ask about files by name, or ask which files there are, and a
 * search answers neither. Empty when there are none.
 */
export function contentsInWords({ counts, names }: StoreContents): string {
  const { completed = 0, in_progress = 0, failed = 0 } = counts
  const more = completed > names.length ? `, of which the first ${names.length} are` : ''
  const others = [
    in_progress > 0 ? `${in_progress} more are not ready yet.` : '',
    failed > 0 ? `${failed} more cannot be read by it.` : '',
  ].filter(Boolean)
  if (completed === 0) return others.length > 0 ? `Files for file_search: none. ${others.join(' ')}` : ''
  const list = names.map((name) => `- ${quotedName(name)}`)
  return [`Files for file_search: ${completed}${more}`, ...list, ...others].join('\n')
}

/** How a file with this status can be read. Undefined when the file is in none of the stores. */
export const wayToRead = (status: VectorStoreFileStatus | undefined) => ways[status ?? 'cancelled']

const ways: Record<VectorStoreFileStatus, string> = {
  completed: 'file_search reads it',
  in_progress: 'file_search is not ready with it yet',
  failed: 'file_search cannot read it',
  cancelled: 'file_search does not have it',
}
