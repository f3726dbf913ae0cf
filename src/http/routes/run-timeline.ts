import { z } from 'zod'
import { pageQuery } from '../../contract/list.ts'
import { getTimeline, listRunEvents } from '../../operations/run-timeline.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api } from '../call.ts'
import { pathId, readQuery } from '../input.ts'

const run = '/threads/:thread_id/runs/:run_id'

/** Not in the original: what happened in a run. */
export function runTimelineRoutes(api: Api): void {
  api.get(`${run}/timeline`, async (c) => {
    const [threadId, runId] = [pathId(c, 'thread_id'), pathId(c, 'run_id')]
    readQuery(c, z.object({}))
    return answer(c, await getTimeline(contextOf(c), threadId, runId))
  })

  api.get(`${run}/events`, async (c) => {
    const [threadId, runId] = [pathId(c, 'thread_id'), pathId(c, 'run_id')]
    return answer(c, await listRunEvents(contextOf(c), threadId, runId, readQuery(c, pageQuery)))
  })
}
