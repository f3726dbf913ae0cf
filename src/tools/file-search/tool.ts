import type { ToolResources } from '../../contract/tool-resources.ts'
import type { Database } from '../../store/database.ts'
import { contentsOfStores, statusesInStores, type StoreContents } from '../../store/files-of-stores.ts'
import { countUse } from '../../store/usage/usage-counts.ts'
import type { Tool } from '../tool.ts'
import { fileSearchCalls, type FileSearchDetails } from './call.ts'
import { citations, type QuoteFor } from './citations.ts'
import { fileSearchDefinition, fileSearchNames } from './definition.ts'
import { runSearch, type FileSearchOptions, type SearchForRun } from './run-search.ts'
import { contentsInWords, wayToRead } from './store-contents.ts'
import { waitForFiles } from './wait-for-files.ts'

export interface FileSearchParts {
  db: Database
  search: SearchForRun
  quote: QuoteFor
}

/** How many file names the model is told. */
const maxNames = 20

/** Searches the vector stores of the assistant and of the thread. */
export function createFileSearch(parts: FileSearchParts): Tool<FileSearchDetails> {
  const { db, search, quote } = parts
  return {
    type: 'file_search',
    otherNames: fileSearchNames,
    open({ project, apiKey, model, contextWindow, requested, resources, ended }) {
      const ofThread = storesOf(resources.thread)
      const vectorStoreIds = [...new Set([...storesOf(resources.assistant), ...ofThread])]
      const options = (requested[0]?.['file_search'] ?? {}) as FileSearchOptions
      const settings = { project, model, vectorStoreIds, options }
      const results = ended.map(({ details }) => details.results)
      const begin = fileSearchCalls({
        results,
        options,
        contextWindow,
        async search(query, signal) {
          const found = await runSearch(search, { ...settings, ...query }, signal)
          await db.write((tx) => countUse(tx, 'file_search_calls', { project, apiKey }), 'committed')
          return found
        },
      })
      let contents: StoreContents | undefined
      const isPending = () => (contents?.counts.in_progress ?? 0) > 0
      const readContents = async () => {
        contents = await contentsOfStores(db, project, vectorStoreIds, maxNames)
      }
      return {
        definitions: requested.map(() => fileSearchDefinition),
        sources: { citation: citations(results, quote) },
        async ready(signal) {
          const isFirst = contents === undefined
          if (vectorStoreIds.length === 0 || (!isFirst && !isPending())) return
          await readContents()
          if (!isFirst || !isPending()) return
          await waitForFiles(db, ofThread, signal)
          await readContents()
        },
        systemText: () => (contents ? contentsInWords(contents) : ''),
        async waysToRead(fileIds) {
          const statuses = await statusesInStores(db, project, vectorStoreIds, fileIds)
          return new Map(fileIds.map((id) => [id, wayToRead(statuses.get(id))]))
        },
        begin,
      }
    },
    replay: ({ details: { results }, toolResult, toolArguments = '' }, own) => ({
      name: 'file_search',
      arguments: toolArguments,
      // Passages of earlier runs are left out: they would cost tokens again, and their markers could be cited by
      // mistake.
      result: own
        ? (toolResult ?? JSON.stringify(results))
        : `(${results.length} passages, not repeated here)`,
    }),
  }
}

const storesOf = (resources: unknown): string[] =>
  (resources as ToolResources['file_search'])?.vector_store_ids ?? []
