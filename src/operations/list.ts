import * as wire from '../contract/list.ts'
import { cut, invalid, storeFileNotFound, type ApiError } from '../errors/errors.ts'
import { UnknownCursor, type Page } from '../store/page.ts'

export type { List } from '../contract/list.ts'

/** Converts a page of records to a list of the API. */
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
  events: 'run event',
  vector_stores: 'vector store',
  chunks: 'chunk',
  pages: 'page',
  projects: 'project',
  service_accounts: 'service account',
  api_keys: 'API key',
  rate_limits: 'rate limit',
  admin_api_keys: 'API key',
  audit_logs: 'audit log',
  webhook_endpoints: 'webhook endpoint',
  responses: 'response',
  input_items: 'item',
  spend_alerts: 'spend alert',
  budgets: 'budget',
  items: 'item',
  conversations: 'conversation',
  traces: 'trace',
  spans: 'span',
  containers: 'container',
}

/**
 * The error for a cursor that was never an id of this list. Undefined for any other error. `path` is the path of the
 * list, from which its kind is known. No text was recorded for cursors, so the text is that of an id that does not
 * exist.
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
