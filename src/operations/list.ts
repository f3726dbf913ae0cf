import * as wire from '../contract/list.ts'
import { invalid, type ApiError } from '../errors.ts'
import { UnknownCursor, type Page } from '../store/page.ts'

export type { List } from '../contract/list.ts'

/** A page of records as the wire shows a list. */
export const toList = <Row, T extends { id: string }>(page: Page<Row>, show: (row: Row) => T): wire.List<T> =>
  wire.toList(page.data.map(show), page.hasMore)

const names: Record<string, string> = {
  assistants: 'assistant',
  threads: 'thread',
  messages: 'message',
  runs: 'run',
  steps: 'run step',
}

/**
 * What a list answers to a cursor that never was one of its ids; undefined for any other error. `collection` is the
 * list's own word in its address. The text is that of an id that is not there: none was ever recorded for cursors.
 */
export function cursorError(error: unknown, collection: string): ApiError | undefined {
  if (!(error instanceof UnknownCursor)) return undefined
  const name = names[collection]
  return invalid(
    name ? `No ${name} found with id '${error.id}'.` : `No such File object: ${error.id}`,
    error.param,
  )
}
