import { threadsQuery, withCreatedAt } from '../../contract/list-filters.ts'
import type { RequestLimits } from '../../contract/request-limits.ts'
import {
  copyThreadRequest,
  createThreadRequestWithin,
  includeSummaryValue,
  modifyThreadRequest,
} from '../../contract/threads.ts'
import { copyThread } from '../../operations/copy-thread.ts'
import { deletePythonSession, getPythonSession } from '../../operations/python-sessions.ts'
import { createThread, deleteThread, getThread, listThreads, modifyThread } from '../../operations/threads.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api } from '../call.ts'
import { includeNames, pathId, readFilteredQuery, readIncluded, readJson } from '../input.ts'

export function threadRoutes(api: Api, limits: RequestLimits): void {
  const createThreadRequest = createThreadRequestWithin(limits)

  api.get('/threads', async (c) => {
    const summary = readIncluded(c, includeSummaryValue)
    const query = withCreatedAt(readFilteredQuery(c, threadsQuery, includeNames))
    return answer(c, await listThreads(contextOf(c), query, { summary, signal: c.req.raw.signal }))
  })

  api.post('/threads', async (c) =>
    answer(c, await createThread(contextOf(c), await readJson(c, createThreadRequest))),
  )

  api.get('/threads/:thread_id', async (c) =>
    answer(c, await getThread(contextOf(c), pathId(c, 'thread_id'), readIncluded(c, includeSummaryValue))),
  )

  api.post('/threads/:thread_id', async (c) => {
    const id = pathId(c, 'thread_id')
    return answer(c, await modifyThread(contextOf(c), id, await readJson(c, modifyThreadRequest)))
  })

  // Not in the original.
  api.post('/threads/:thread_id/copy', async (c) => {
    const id = pathId(c, 'thread_id')
    return answer(c, await copyThread(contextOf(c), id, await readJson(c, copyThreadRequest)))
  })

  // Not in the original.
  api.get('/threads/:thread_id/python_session', async (c) =>
    answer(c, await getPythonSession(contextOf(c), pathId(c, 'thread_id'))),
  )

  // Not in the original.
  api.delete('/threads/:thread_id/python_session', async (c) =>
    answer(c, await deletePythonSession(contextOf(c), pathId(c, 'thread_id'))),
  )

  api.delete('/threads/:thread_id', async (c) =>
    answer(c, await deleteThread(contextOf(c), pathId(c, 'thread_id'))),
  )
}
