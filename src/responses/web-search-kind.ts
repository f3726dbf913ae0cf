import type { WebSearchAction, WebSearchCallItem } from '../contract/responses/hosted-item-types.ts'
import { isFields } from '../contract/responses/refused.ts'
import type { HostedKind } from './hosted-kind.ts'

/** How searches in the web are shown as items. What was asked for and found is known at the end. */
export const webSearchKind: HostedKind<WebSearchCallItem> = {
  begin: () => ({ type: 'web_search_call', status: 'in_progress', action: { type: 'search' } }),
  started: ['response.web_search_call.in_progress', 'response.web_search_call.searching'],
  ended(item, _request, result) {
    if (!isFields(result)) {
      item.status = 'failed'
      return undefined
    }
    item.status = 'completed'
    item.action = actionOf(result)
    if (Array.isArray(result['results'])) item.results = result['results'].filter(isFields)
    return 'response.web_search_call.completed'
  },
}

/** Providers give what was done in the words of the AI SDK. */
function actionOf({ action, sources }: Record<string, unknown>): WebSearchAction {
  const given = isFields(action) ? action : {}
  const { type, url, pattern, query, queries } = given
  if (type === 'openPage' || type === 'open_page')
    return { type: 'open_page', url: typeof url === 'string' ? url : null }
  if (type === 'findInPage' || type === 'find_in_page')
    return { type: 'find_in_page', url: text(url), pattern: text(pattern) }
  const asked = Array.isArray(queries) ? queries.filter(isText) : isText(query) ? [query] : undefined
  return {
    type: 'search',
    ...(asked && { queries: asked }),
    ...(isText(query) ? { query } : asked?.[0] !== undefined && { query: asked[0] }),
    ...(Array.isArray(sources) && { sources: sources.flatMap(sourceOf) }),
  }
}

const sourceOf = (source: unknown): { type: 'url'; url: string }[] =>
  isFields(source) && isText(source['url']) ? [{ type: 'url', url: source['url'] }] : []

const isText = (value: unknown): value is string => typeof value === 'string'
const text = (value: unknown): string => (isText(value) ? value : '')
