import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQueries } from '@tanstack/react-query'
import type { List } from '../../../src/contract/list.ts'
import { useClient } from '../api/client.ts'

interface Named {
  id: string
  name?: string | null
  filename?: string
  summary?: { title: string | null }
}

/** What the palette finds by words, in the order in which it shows it. `room` is where an id of it is opened. */
const kinds = [
  { kind: 'Assistants', room: 'assistants', path: '/assistants', more: {} },
  { kind: 'Threads', room: 'threads', path: '/threads', more: { 'include[]': 'summary' } },
  { kind: 'Files', room: 'files', path: '/files', more: {} },
  { kind: 'Vector stores', room: 'stores', path: '/vector_stores', more: {} },
] as const

export interface Found {
  kind: string
  entries: { id: string; name: string; address: string }[]
}

/** The first few assistants, threads, files and vector stores that have these words. Nothing is asked for less than two letters. */
export function useFound(words: string): Found[] {
  const client = useClient()
  const [asked] = useDebouncedValue(words.trim(), 200)
  return useQueries({
    queries: kinds.map(({ path, more }) => ({
      queryKey: ['palette', path, asked],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        client.get<List<Named>>(path, { signal, query: { query: asked, limit: 5, ...more } }),
      enabled: asked.length >= 2,
      placeholderData: keepPreviousData,
    })),
    combine: (answers) =>
      asked.length < 2
        ? []
        : kinds.flatMap(({ kind, room }, index) => {
            const entries = (answers[index]?.data?.data ?? []).map((one) => ({
              id: one.id,
              name: one.summary?.title || one.filename || one.name || one.id,
              address: `/${room}/${one.id}${ofMessage(room, asked)}`,
            }))
            return entries.length > 0 ? [{ kind, entries }] : []
          }),
  })
}

/** The id of a message finds its thread, which is opened at the message. */
const ofMessage = (room: string, words: string) =>
  room === 'threads' && /^msg_\w+$/.test(words) ? `?message=${words}` : ''
