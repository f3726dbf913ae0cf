import * as wire from '../contract/list.ts'
import { cut, invalid, storeFileNotFound, type ApiError } from '../errors.ts'
import { UnknownCursor, type Page } from '../store/page.ts'

export type { List } from '../contract/list.ts'

/** A page of records as the wire shows a list. */
export const toListPage = <Row, T extends { id: string }>(
  page: Page<Row>,
  show: (row: Row) => T,
): wire.List<T> => wire.toList(page.data.map(show), page.hasMore)

const names: Record<string, string> = {
  assistants: 'assistant',
  threads: 'thread',
  messages: 'message',
  runs: 'run',
  steps: 'run step',
  vector_stores: 'vector store',
}

/**
 * What a list answers to a cursor that never was one of its ids; undefined for any other error. `path` is the
 * list's address, which says what it is a list of. The text is that of an id that is not there: none was ever recorded for cursors.
 */
export function cursorError(error: unknown, path: string): ApiError | undefined {
  if (!(error instanceof UnknownCursor)) return undefined
  const storeId = /\/vector_stores\/([^/]+)\/(file_batches\/[^/]+\/)?files\/?$/.exec(path)?.[1]
  if (storeId !== undefined) {
    return invalid(storeFileNotFound(error.id, storeId).message, error.param)
  }
  const name = names[path.split('/').findLast((part) => part !== '') ?? '']
  return invalid(
    name ? `No ${name} found with id '${cut(error.id)}'.` : `No such File object: ${cut(error.id)}`,
    error.param,
  )
}
