import { runsQuery, withCreatedAt } from '../../contract/list-filters.ts'
import { pageQuery } from '../../contract/list.ts'
import type { RequestLimits } from '../../contract/request-limits.ts'
import { logStart, parseEventId, type EventId } from '../../contract/run-events.ts'
import { isTerminal } from '../../contract/run-status.ts'
import { modifyRunRequest, runRequestsWithin } from '../../contract/run-input.ts'
import { type Run } from '../../contract/runs.ts'
import { cut, invalid } from '../../errors/errors.ts'
import type { Log } from '../../common/log.ts'
import { cancelRun } from '../../operations/cancel-run.ts'
import { createRun, createThreadAndRun, type StartedRun } from '../../operations/create-run.ts'
import { followRun } from '../../operations/follow-run.ts'
import { getRun, getRunById, listAllRuns, listRuns, modifyRun } from '../../operations/runs.ts'
import { submitToolOutputs } from '../../operations/submit-tool-outputs.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api, type Request } from '../call.ts'
import { pathId, readFilteredQuery, readInclude, readJson, readQuery } from '../input.ts'
import { pollSoon } from '../poll.ts'
import { eventStream } from '../sse.ts'
import { readTrace } from '../trace-headers.ts'

const all = '/threads/:thread_id/runs'
const one = '/threads/:thread_id/runs/:run_id'

export function runRoutes(
  api: Api,
  {
    log,
    limits,
    ownTools,
    traces = false,
  }: { log: Log; limits: RequestLimits; ownTools: readonly string[]; traces?: boolean | undefined },
): void {
  const requests = runRequestsWithin(limits, ownTools)
  /** The context of a request that creates a run. */
  const creatorOf = (c: Request) =>
    traces ? { ...contextOf(c), trace: readTrace(c.req.raw.headers) } : contextOf(c)
  function answerStarted(c: Request, { run, from, live, begunHere, rates = [] }: StartedRun): Response {
    c.get('call').counted?.add(rates)
    if (!live) return answerRun(c, run)
    c.get('call').run = run.id
    return eventStream(c, { log, from }, (signal) =>
      followRun(contextOf(c), run, { from, until: 'pause', live, begunHere }, signal),
    )
  }

  api.post('/threads/runs', async (c) => {
    const include = readInclude(c)
    const input = await readJson(c, requests.createThreadAndRun)
    return answerStarted(c, await createThreadAndRun(creatorOf(c), input, include))
  })

  // Neither of these two is in the original, whose runs were listed by thread.
  api.get('/runs', async (c) =>
    answer(c, await listAllRuns(contextOf(c), withCreatedAt(readFilteredQuery(c, runsQuery)))),
  )

  api.get('/runs/:run_id', async (c) => answerRun(c, await getRunById(contextOf(c), pathId(c, 'run_id'))))

  api.get(all, async (c) => {
    const threadId = pathId(c, 'thread_id')
    return answer(c, await listRuns(contextOf(c), threadId, readQuery(c, pageQuery)))
  })

  api.post(all, async (c) => {
    const threadId = pathId(c, 'thread_id')
    const include = readInclude(c)
    const input = await readJson(c, requests.createRun)
    return answerStarted(c, await createRun(creatorOf(c), threadId, input, include))
  })

  api.get(one, async (c) =>
    answerRun(c, await getRun(contextOf(c), pathId(c, 'thread_id'), pathId(c, 'run_id'))),
  )

  api.post(one, async (c) => {
    const [threadId, runId] = [pathId(c, 'thread_id'), pathId(c, 'run_id')]
    return answerRun(c, await modifyRun(contextOf(c), threadId, runId, await readJson(c, modifyRunRequest)))
  })

  api.post(`${one}/cancel`, async (c) =>
    answerRun(c, await cancelRun(contextOf(c), pathId(c, 'thread_id'), pathId(c, 'run_id'))),
  )

  api.post(`${one}/submit_tool_outputs`, async (c) => {
    const [threadId, runId] = [pathId(c, 'thread_id'), pathId(c, 'run_id')]
    const input = await readJson(c, requests.submitToolOutputs)
    return answerStarted(c, await submitToolOutputs(contextOf(c), threadId, runId, input))
  })

  // Not in the original. Attaches to a run that another client or an earlier connection has started.
  api.get(`${one}/stream`, async (c) => {
    const run = await getRun(contextOf(c), pathId(c, 'thread_id'), pathId(c, 'run_id'))
    const from = readPlace(c)
    return eventStream(c, { log, from }, (signal) =>
      followRun(contextOf(c), run, { from, until: 'end' }, signal),
    )
  })
}

/** The event after which the stream continues: `?after=`, or the header that browsers send automatically. */
function readPlace(c: Request): EventId {
  const query = c.req.query('after')
  const given = query || c.req.header('last-event-id')
  if (!given) return logStart
  const place = parseEventId(given)
  if (place) return place
  const param = query ? 'after' : 'Last-Event-ID'
  throw invalid(`Invalid '${param}': '${cut(given)}'. Expected the id of an event.`, param, 'invalid_value')
}

function answerRun(c: Request, run: Run): Response {
  c.get('call').run = run.id
  if (isTerminal(run.status)) return answer(c, run)
  return answer(c, run, 200, pollSoon(run))
}
