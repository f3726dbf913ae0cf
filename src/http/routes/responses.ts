import { z } from 'zod'
import { withCreatedAt } from '../../contract/list-filters.ts'
import { pageQuery } from '../../contract/list.ts'
import { compactRequest, strictCompactRequest } from '../../contract/responses/compaction.ts'
import {
  createResponseRequest,
  inputTokensRequest,
  strictCreateResponseRequest,
  strictInputTokensRequest,
} from '../../contract/responses/create-response.ts'
import { responsesQuery } from '../../contract/responses/response-lists.ts'
import { inputItemsQuery, malformedBody, responseQuery } from '../../contract/responses/response-queries.ts'
import { toResponse, type ResponseRecord } from '../../contract/responses/response.ts'
import { logStart, type EventId } from '../../contract/run-events.ts'
import type { Log } from '../../common/log.ts'
import type { BegunRun } from '../../operations/begin-run.ts'
import { abandonResponse, cancelResponse } from '../../operations/cancel-response.ts'
import { compactResponse } from '../../operations/compact-response.ts'
import { createResponse } from '../../operations/create-response.ts'
import { findStreamed, followResponse, waitForResponse } from '../../operations/follow-response.ts'
import { countInputTokens } from '../../operations/input-tokens.ts'
import { getResponseTimeline, listResponseEvents } from '../../operations/response-timeline.ts'
import { listChain, listResponses } from '../../operations/list-responses.ts'
import { deleteResponse, getResponse, listInput } from '../../operations/responses.ts'
import { serverCloses } from '../../errors/response-errors.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api, type Request } from '../call.ts'
import { readFilteredQueryWithLists, readJson, readQuery, readQueryWithLists } from '../input.ts'
import { inListOrder } from '../response-list.ts'
import { responseForm } from '../response-stream.ts'
import { attended, leaving } from '../leaving.ts'
import { eventStream } from '../sse.ts'
import { readTrace } from '../trace-headers.ts'

const all = '/responses'
const one = '/responses/:response_id'

export function responseRoutes(
  api: Api,
  { log, traces = false }: { log: Log; traces?: boolean | undefined },
): void {
  /** The context of a request that creates a response. */
  const creating = (c: Request) =>
    traces ? { ...attended(c), trace: readTrace(c.req.raw.headers) } : attended(c)

  /** A reader that leaves a response in the foreground ends it, because nobody else reads it. */
  const abandon = (c: Request, { id, request }: ResponseRecord) => {
    if (request.background) return
    abandonResponse(contextOf(c), id).catch((error: unknown) =>
      log('error', 'a response without a reader could not be ended', { run: id, error: String(error) }),
    )
  }

  function stream(c: Request, begun: BegunRun<ResponseRecord>): Response {
    const { queued, live, begunHere } = begun
    const from = logStart
    return eventStream(c, { log, from, form: responseForm, left: () => abandon(c, queued) }, (signal) =>
      followResponse(contextOf(c), queued, { from, until: 'end', live, begunHere }, signal),
    )
  }

  async function wait(c: Request, begun: BegunRun<ResponseRecord>): Promise<Response> {
    const { closing, caller } = c.get('call')
    const left = c.req.raw.signal
    const signal = AbortSignal.any([closing, left, ...(caller ? [caller.key.revoked] : [])])
    try {
      return answer(c, await waitForResponse(contextOf(c), begun, signal))
    } catch (error) {
      if (left.aborted) abandon(c, begun.queued)
      throw closing.aborted ? serverCloses() : error
    }
  }

  api.post(all, async (c) => {
    const { isStrict } = contextOf(c).responses
    const request = isStrict ? strictCreateResponseRequest : createResponseRequest
    const input = await readJson(c, request, malformedBody)
    const begun = await createResponse(creating(c), input)
    c.get('call').run = begun.queued.id
    c.get('call').counted?.add(begun.rates)
    if (input.stream) return stream(c, begun)
    return input.background ? answer(c, toResponse(begun.queued, [])) : wait(c, begun)
  })

  // Not in the original, which has no list of responses.
  api.get(all, async (c) => {
    const query = withCreatedAt(readFilteredQueryWithLists(c, responsesQuery))
    return answer(c, inListOrder(await listResponses(contextOf(c), query, c.req.raw.signal)))
  })

  api.post(`${all}/input_tokens`, async (c) => {
    const { isStrict } = contextOf(c).responses
    const input = await readJson(c, isStrict ? strictInputTokensRequest : inputTokensRequest, malformedBody)
    return answer(c, await countInputTokens(attended(c), input))
  })

  api.post(`${all}/compact`, async (c) => {
    const { isStrict } = contextOf(c).responses
    const input = await readJson(c, isStrict ? strictCompactRequest : compactRequest, malformedBody)
    const { compaction, rates } = await compactResponse(attended(c), input, leaving(c))
    c.get('call').counted?.add(rates)
    return answer(c, compaction)
  })

  api.get(one, async (c) => {
    const query = readQueryWithLists(c, responseQuery)
    const id = c.req.param('response_id')
    if (query.stream === 'false') return answer(c, await getResponse(contextOf(c), id, query.include))
    const run = await findStreamed(contextOf(c), id)
    const from = placeAfter(query.starting_after, run)
    return eventStream(c, { log, from, form: responseForm }, (signal) =>
      followResponse(contextOf(c), run, { from, until: 'end' }, signal),
    )
  })

  api.delete(one, async (c) => answer(c, await deleteResponse(contextOf(c), c.req.param('response_id'))))

  api.post(`${one}/cancel`, async (c) =>
    answer(c, await cancelResponse(contextOf(c), c.req.param('response_id'))),
  )

  api.get(`${one}/input_items`, async (c) => {
    const query = readQueryWithLists(c, inputItemsQuery)
    return answer(c, inListOrder(await listInput(contextOf(c), c.req.param('response_id'), query)))
  })
}

/** Not in the original: what happened in a response, and around it. */
export function responseTimelineRoutes(api: Api): void {
  const idOf = (c: Request) => c.req.param('response_id') ?? ''
  const plain = z.object({})

  api.get(`${one}/timeline`, async (c) => {
    readQuery(c, plain)
    return answer(c, await getResponseTimeline(contextOf(c), idOf(c)))
  })

  api.get(`${one}/events`, async (c) =>
    answer(c, await listResponseEvents(contextOf(c), idOf(c), readQuery(c, pageQuery))),
  )

  api.get(`${one}/chain`, async (c) => {
    readQuery(c, plain)
    return answer(c, await listChain(contextOf(c), idOf(c)))
  })
}

/**
 * Numbers of events count from 0 on the wire. What was shown in the background is on disk, so no later attempt than that of the row
 * has shown it.
 */
const placeAfter = (number: number | undefined, { attempt }: ResponseRecord): EventId =>
  number === undefined ? logStart : { attempt, seq: number + 1 }
