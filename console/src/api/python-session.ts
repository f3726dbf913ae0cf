import { queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { PythonSession, PythonSessionDeleted } from '../../../src/contract/python-sessions.ts'

const pathOf = (threadId: string) => `/threads/${encodeURIComponent(threadId)}/python_session`

/** What the Python session of a thread is doing. It changes without the page, so it is asked again. */
export const pythonSessionQuery = (client: OpenAI, threadId: string) =>
  queryOptions({
    queryKey: [pathOf(threadId)],
    queryFn: ({ signal }) => client.get<PythonSession>(pathOf(threadId), { signal }),
    refetchInterval: 3_000,
  })

export const endPythonSession = (client: OpenAI, threadId: string) =>
  client.delete<PythonSessionDeleted>(pathOf(threadId))
