import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQueries } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { List } from '../../../src/contract/list.ts'
import { allOf } from '../api/all-of.ts'
import { useClient } from '../api/client.ts'
import { visible } from '../parts/visible.ts'
import { withoutMarks } from '../parts/without-marks.ts'

interface Named {
  id: string
  name?: string | null
  filename?: string
  workflow_name?: string | null
  summary?: { title: string | null }
}

interface Kind {
  /** What it is called, as the heading of what is found. */
  kind: string
  /** Where an id of it is opened. */
  room: string
  find: (client: OpenAI, words: string, signal: AbortSignal) => Promise<Named[]>
}

const most = 5

const askFor =
  (path: string, more = {}): Kind['find'] =>
  async (client, words, signal) =>
    (await client.get<List<Named>>(path, { signal, query: { query: words, limit: most, ...more } })).data

/** The list of projects is asked for no words, and is never long. */
const findProjects: Kind['find'] = async (client, words, signal) => {
  const query = { include_archived: 'true' }
  const projects = await allOf<Named>(client, '/organization/projects', { query, signal })
  const has = ({ name }: Named) => name?.toLowerCase().includes(words.toLowerCase())
  return projects.filter(has).slice(0, most)
}

/** In the order in which the palette shows them. */
const ofProject: Kind[] = [
  { kind: 'Assistants', room: 'assistants', find: askFor('/assistants') },
  { kind: 'Threads', room: 'threads', find: askFor('/threads', { 'include[]': 'summary' }) },
  { kind: 'Responses', room: 'responses', find: askFor('/responses', { 'include[]': 'summary' }) },
  { kind: 'Files', room: 'files', find: askFor('/files') },
  { kind: 'Vector stores', room: 'stores', find: askFor('/vector_stores') },
  { kind: 'Traces', room: 'traces', find: askFor('/traces') },
]
const ofOrganization: Kind[] = [{ kind: 'Projects', room: 'projects', find: findProjects }]

export interface Found {
  kind: string
  entries: { id: string; name: string; address: string }[]
}

export interface Search {
  found: Found[]
  /** Whether more may be found. */
  isLooking: boolean
  /** Whether some of it could not be asked for. */
  isPart: boolean
}

/** The first few things of each kind that have these words. Nothing is asked for less than two letters. */
export function useFound(words: string, isAdmin: boolean): Search {
  const client = useClient()
  const [asked] = useDebouncedValue(words.trim(), 200)
  const kinds = isAdmin ? ofOrganization : ofProject
  return useQueries({
    queries: kinds.map(({ room, find }) => ({
      queryKey: ['palette', room, asked],
      queryFn: ({ signal }: { signal: AbortSignal }) => find(client, asked, signal),
      enabled: asked.length >= 2,
      placeholderData: keepPreviousData,
    })),
    combine: (answers) => ({
      isLooking:
        words.trim().length >= 2 && (asked !== words.trim() || answers.some(({ isFetching }) => isFetching)),
      isPart: asked.length >= 2 && answers.some(({ isError }) => isError),
      found:
        asked.length < 2
          ? []
          : kinds.flatMap(({ kind, room }, index) => {
              const entries = (answers[index]?.data ?? []).map((one) => ({
                id: one.id,
                name: nameOf(one),
                address: `/${room}/${one.id}${ofMessage(room, asked)}`,
              }))
              return entries.length > 0 ? [{ kind, entries }] : []
            }),
    }),
  })
}

const nameOf = ({ id, name, filename, workflow_name, summary }: Named) => {
  const title = visible(summary?.title)
  return title ? withoutMarks(title) : (visible(filename) ?? visible(name) ?? visible(workflow_name) ?? id)
}

/** The id of a message finds its thread, which is opened at the message. */
const ofMessage = (room: string, words: string) =>
  room === 'threads' && /^msg_\w+$/.test(words) ? `?message=${words}` : ''
