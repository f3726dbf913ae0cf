import type { QueryClient } from '@tanstack/react-query'
import type OpenAI from 'openai'
import { storePagesQuery, storesWithFileQuery, type VectorStoreFilePage } from './stores.ts'

/** What a citation or a result of a search says of its passage. */
export interface PassageOfFile {
  file_id: string
  quote?: string | undefined
  /** Counted from 1, in files that have pages. */
  page_start?: number | undefined
}

/** As much of a quote as is enough to find it. */
const longestQuote = 400

const addressOfFile = (fileId: string): string => `/files/${encodeURIComponent(fileId)}`

/** The page of the file, where the quote is looked for. It is there as long as the file is. */
export function addressInFile({ file_id, quote, page_start }: PassageOfFile): string {
  const search = new URLSearchParams({
    ...(quote && { quote: quote.slice(0, longestQuote) }),
    ...(page_start !== undefined && { page: String(page_start) }),
  })
  return `${addressOfFile(file_id)}${search.size > 0 ? `?${search}` : ''}`
}

/** The place in its file that a citation means: in a vector store that has it, where the passage is marked. */
export async function addressOfPassage(
  client: OpenAI,
  queries: QueryClient,
  passage: PassageOfFile,
): Promise<string> {
  const { file_id, quote, page_start } = passage
  const [store] = await queries.fetchQuery(storesWithFileQuery(client, file_id))
  if (!store) return addressInFile(passage)
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
