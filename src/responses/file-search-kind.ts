import type { FileSearchCallItem, FileSearchResult, StoredItem } from '../contract/responses/items.ts'
import type { FileSearchCall } from '../contract/run-steps.ts'
import { readQueries } from '../tools/file-search/queries.ts'
import type { ItemKind } from './item-kind.ts'

type Details = FileSearchCall['file_search']

/** How searches are shown as items. Only the end of a search has its queries and what it found. */
export const fileSearchKind: ItemKind = {
  begin: () => ({ type: 'file_search_call', status: 'in_progress', queries: [], results: null }),
  added: 'response.file_search_call.in_progress',
  argued: () => [],
  settled: () => [],
  served: {
    started(item) {
      const search = item as FileSearchCallItem
      search.status = 'searching'
      return [{ event: 'response.file_search_call.searching' }]
    },
    ended(stored, call) {
      const { results, ranking_options } = call.details as Details
      Object.assign(stored.item as FileSearchCallItem, {
        status: 'completed',
        queries: readQueries(call.toolArguments ?? ''),
        results: searchResults(results),
      })
      const kept: Details = {
        ranking_options,
        results: results.map(({ content: _content, ...rest }) => rest),
      }
      stored.kept = kept
      return [{ event: 'response.file_search_call.completed' }]
    },
    details(stored): Details {
      const { kept, item } = stored as StoredItem & { item: FileSearchCallItem; kept: Details }
      const texts = item.results ?? []
      return {
        ...kept,
        results: kept.results.map((result, at) => ({
          ...result,
          content: [{ type: 'text', text: texts[at]?.text ?? '' }],
        })),
      }
    },
  },
}

/** What a search has found, as items show it. */
export const searchResults = (results: Details['results']): FileSearchResult[] =>
  results.map(({ attributes, file_id, file_name, score, content = [] }) => ({
    attributes,
    file_id,
    filename: file_name,
    score: Math.round(score * 10_000) / 10_000,
    text: content.map(({ text }) => text).join('\n'),
  }))
