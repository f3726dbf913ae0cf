import { queryOptions, useQuery } from '@tanstack/react-query'
import type OpenAI from 'openai'
import { useClient } from './client.ts'

/** What is known of a file. It never changes, but it may be deleted. */
export const fileQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['files', id],
    queryFn: ({ signal }) => client.files.retrieve(id, { signal }),
    staleTime: Infinity,
  })

export const useFile = (id: string) => useQuery(fileQuery(useClient(), id))

/** The bytes of a file. */
export const fileContentQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['files', id, 'content'],
    queryFn: async ({ signal }) => (await client.files.content(id, { signal })).blob(),
    staleTime: Infinity,
    gcTime: 60_000,
  })

/** Saves a file of the server under its name, as a download: it is never opened as a page of this origin. */
export async function downloadFile(client: OpenAI, id: string): Promise<void> {
  const [{ filename }, content] = await Promise.all([client.files.retrieve(id), client.files.content(id)])
  save(new Blob([await content.arrayBuffer()], { type: 'application/octet-stream' }), filename)
}

/** Lets the browser save a blob. */
export function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
