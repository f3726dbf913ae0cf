import { readingQuery } from '../../contract/list.ts'
import { withCreatedAt } from '../../contract/list-filters.ts'
import { ingestRequest, maxTraceValues, tracesQuery } from '../../contract/traces.ts'
import { deleteTrace, getTrace, ingestTraces, listSpans, listTraces } from '../../operations/traces.ts'
import { answer, emptyAnswer } from '../answer.ts'
import { contextOf, type Api, type Request } from '../call.ts'
import { readJson, readQuery } from '../input.ts'

const one = '/traces/:trace_id'

/** What the Agents SDKs tell of their work. In the original it can be sent, and only its own pages show it. */
export function traceRoutes(api: Api): void {
  const idOf = (c: Request) => c.req.param('trace_id') ?? ''
  const allowance = { values: maxTraceValues, nul: true }

  api.post('/traces/ingest', async (c) => {
    const { data } = await readJson(c, ingestRequest, undefined, allowance)
    await ingestTraces(contextOf(c), data)
    return emptyAnswer(c)
  })

  api.get('/traces', async (c) =>
    answer(c, await listTraces(contextOf(c), withCreatedAt(readQuery(c, tracesQuery)))),
  )

  api.get(one, async (c) => answer(c, await getTrace(contextOf(c), idOf(c))))

  api.delete(one, async (c) => answer(c, await deleteTrace(contextOf(c), idOf(c))))

  api.get(`${one}/spans`, async (c) =>
    answer(c, await listSpans(contextOf(c), idOf(c), readQuery(c, readingQuery))),
  )
}
