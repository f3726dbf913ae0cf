import assert from 'node:assert/strict'
import type OpenAI from 'openai'
import type { List } from '../src/contract/list.ts'
import type { ContextPart, LoggedRunEvent, RunSpan } from '../src/contract/run-spans.ts'

type OfType<Type extends RunSpan['type']> = Extract<RunSpan, { type: Type }>
interface RunRef {
  id: string
  thread_id: string
}

/** The timeline of a run, checked for what holds for every timeline. */
export async function readSpans(client: OpenAI, run: RunRef): Promise<RunSpan[]> {
  const list = (await client.get(`/threads/${run.thread_id}/runs/${run.id}/timeline`)) as List<RunSpan>
  const { data } = list
  assert.deepEqual(
    [list.object, list.first_id, list.last_id, list.has_more],
    ['list', data[0]?.id ?? null, data.at(-1)?.id ?? null, false],
  )
  assert.equal(new Set(data.map(({ id }) => id)).size, data.length)
  for (const [at, span] of data.entries()) {
    assert.match(span.id, /^span_\w+$/)
    assert.deepEqual([span.object, span.run_id, span.thread_id], ['thread.run.span', run.id, run.thread_id])
    assert.ok(span.started_at >= (data[at - 1]?.started_at ?? 0))
    assert.equal(span.ended_at === null, span.status === 'in_progress')
    assert.ok((span.ended_at ?? Infinity) >= span.started_at)
    if (span.type !== 'model_turn') continue
    const { parts, tokens } = span.context
    assert.equal(tokens, sum(parts.flatMap((part) => part.tokens ?? [])))
  }
  return data
}

const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0)

export const ofType = <Type extends RunSpan['type']>(spans: RunSpan[], type: Type): OfType<Type>[] =>
  spans.filter((span): span is OfType<Type> => span.type === type)

/** The parts that each model turn of the run was sent. */
export async function readParts(client: OpenAI, run: RunRef): Promise<ContextPart[][]> {
  const spans = await readSpans(client, run)
  return ofType(spans, 'model_turn').map(({ context }) => context.parts)
}

export const listEvents = async (client: OpenAI, run: RunRef, query: object = {}) =>
  (await client.get(`/threads/${run.thread_id}/runs/${run.id}/events`, { query })) as List<LoggedRunEvent>
