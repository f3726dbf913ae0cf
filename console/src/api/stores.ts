import { queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { List } from '../../../src/contract/list.ts'
import type { VectorStoreFileChunk, VectorStoreFilePage } from '../../../src/contract/vector-store-chunks.ts'
import type { VectorStoreFile } from '../../../src/contract/vector-store-files.ts'
import type { VectorStore } from '../../../src/contract/vector-stores.ts'

export type { VectorStore, VectorStoreFile, VectorStoreFileChunk, VectorStoreFilePage }

/** How often something is asked for while it is being worked on, in milliseconds. */
const whileWorking = 1_500

const pathOf = (storeId: string) => `/vector_stores/${encodeURIComponent(storeId)}`

export const storeQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['/vector_stores', 'one', id],
    queryFn: ({ signal }) => client.get<VectorStore>(pathOf(id), { signal }),
    refetchInterval: ({ state }) => state.data?.status === 'in_progress' && whileWorking,
  })

export const storesWithFileQuery = (client: OpenAI, fileId: string) =>
  queryOptions({
    queryKey: ['/vector_stores', 'with-file', fileId],
    queryFn: async ({ signal }) => {
      const query = { file_id: fileId, limit: 100 }
      return (await client.get<List<VectorStore>>('/vector_stores', { query, signal })).data
    },
  })

export const storeFileQuery = (client: OpenAI, storeId: string, fileId: string) =>
  queryOptions({
    queryKey: ['/vector_stores', 'file', storeId, fileId],
    queryFn: ({ signal }) =>
      client.get<VectorStoreFile>(`${pathOf(storeId)}/files/${encodeURIComponent(fileId)}`, {
        signal,
      }),
    refetchInterval: ({ state }) => state.data?.status === 'in_progress' && whileWorking,
  })

/** All pages of a file. They are the text that chunks and results of a search point into. */
export const storePagesQuery = (client: OpenAI, storeId: string, fileId: string) =>
  queryOptions({
    queryKey: ['/vector_stores', 'text', storeId, fileId],
    queryFn: ({ signal }) =>
      readAll<VectorStoreFilePage>(
        client,
        `${pathOf(storeId)}/files/${encodeURIComponent(fileId)}/pages`,
        signal,
      ),
    staleTime: 60_000,
  })

export const chunksPath = (storeId: string, fileId: string) =>
  `${pathOf(storeId)}/files/${encodeURIComponent(fileId)}/chunks`

/** Every entry of a list that has an end one wants to see. */
async function readAll<T extends { id: string }>(
  client: OpenAI,
  path: string,
  signal: AbortSignal,
): Promise<T[]> {
  const all: T[] = []
  for (;;) {
    const after = all.at(-1)?.id
    const query = { limit: 100, order: 'asc', ...(after !== undefined && { after }) }
    const page = await client.get<List<T>>(path, { query, signal })
    all.push(...page.data)
    if (!page.has_more) return all
  }
}
