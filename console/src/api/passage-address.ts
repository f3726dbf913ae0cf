import type { QueryClient } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { FileCitation } from '../../../src/contract/messages.ts'
import { storePagesQuery, storesWithFileQuery, type VectorStoreFilePage } from './stores.ts'

/** The page of a file. It is there as long as the file is. */
export const addressOfFile = (fileId: string): string => `/files/${encodeURIComponent(fileId)}`

/** The place in its file that a citation means: in a vector store that has it, where the passage is marked. */
export async function addressOfPassage(
  client: OpenAI,
  queries: QueryClient,
  { file_citation: { file_id, quote, page_start } }: FileCitation,
): Promise<string> {
  const [store] = await queries.fetchQuery(storesWithFileQuery(client, file_id))
  if (!store) return addressOfFile(file_id)
  const address = `/stores/${encodeURIComponent(store.id)}${addressOfFile(file_id)}`
  const pages = await queries.fetchQuery(storePagesQuery(client, store.id, file_id))
  const place = quoteIn(pages, quote) ?? pages.find(({ page }) => page !== null && page === page_start)
  return place ? `${address}?start=${place.start}&end=${place.end}` : address
}

function quoteIn(
  pages: readonly VectorStoreFilePage[],
  quote: string | undefined,
): { start: number; end: number } | undefined {
  if (!quote) return undefined
  for (const { text, start } of pages) {
    const at = text.indexOf(quote)
    if (at !== -1) return { start: start + at, end: start + at + quote.length }
  }
  return undefined
}
