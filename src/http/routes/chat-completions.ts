import { chatCompletionRequest, translatedChatRequest } from '../../contract/chat-completions.ts'
import { embeddingsRequest, textEmbeddingsRequest } from '../../contract/embeddings.ts'
import type { Completed } from '../../completions/completions.ts'
import { createChatCompletion, createEmbeddings } from '../../operations/chat-completions.ts'
import { answer, wireHeaders } from '../answer.ts'
import { contextOf, type Api, type Request } from '../call.ts'
import { eventBody } from '../event-body.ts'
import { leaving } from '../leaving.ts'
import { parse, readJson } from '../input.ts'
import { readTrace } from '../trace-headers.ts'

export function chatCompletionRoutes(
  api: Api,
  { traces = false }: { traces?: boolean | undefined } = {},
): void {
  const askedBy = (c: Request) =>
    traces ? { ...contextOf(c), trace: readTrace(c.req.raw.headers) } : contextOf(c)

  api.post('/chat/completions', async (c) => {
    const ctx = askedBy(c)
    const request = await readJson(c, chatCompletionRequest)
    const translated = () => parse(translatedChatRequest, request)
    const { completed, rates } = await createChatCompletion(ctx, request, translated, leaving(c))
    c.get('call').counted?.add(rates)
    return send(c, completed)
  })

  api.post('/embeddings', async (c) => {
    const ctx = askedBy(c)
    const request = await readJson(c, embeddingsRequest)
    const translated = () => parse(textEmbeddingsRequest, request)
    const { completed, rates } = await createEmbeddings(ctx, request, translated, leaving(c))
    c.get('call').counted?.add(rates)
    return send(c, completed)
  })
}

function send(c: Request, completed: Completed): Response {
  if ('object' in completed) return answer(c, completed.object)
  if ('json' in completed)
    return new Response(completed.json, { headers: wireHeaders(c, 'application/json') })
  return new Response(eventBody(completed.events), {
    headers: {
      ...wireHeaders(c, 'text/event-stream; charset=utf-8'),
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    },
  })
}
