import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { parseEvents } from '../../runs.ts'
import type { Client, Json } from './client.ts'
import type { KnownConversation, KnownResponse } from './ledger.ts'
import { isLast, textOf } from './respond.ts'

const stuckAfterMs = 120_000

export async function endOfResponse(client: Client, id: string): Promise<Json> {
  for (const deadline = Date.now() + stuckAfterMs; ; await pause(100)) {
    const { status, body } = await client.askUntilAnswered('GET', `/responses/${id}`)
    assert.equal(status, 200, `${id}: ${JSON.stringify(body)}`)
    if (body.status !== 'queued' && body.status !== 'in_progress') return body
    assert.ok(Date.now() < deadline, `${id} is still ${body.status}`)
  }
}

/** Checks that the response has ended with one correct answer, and that its stream is the same from its first number on. */
export async function checkResponse(client: Client, known: KnownResponse): Promise<void> {
  const { id, seen, answer } = known
  const replay = parseEvents(await (await client.open('GET', `/responses/${id}?stream=true`)).text())
  assert.deepEqual(seen, replay, `what the client of ${id} saw is not what happened`)
  assert.equal(replay.filter(isLast).length, 1, `ends of ${id}`)
  const response = await endOfResponse(client, id)
  assert.deepEqual(replay.at(-1)?.data.response, response)
  if (known.cancelled)
    assert.equal(response.status, 'cancelled', `the acknowledged cancel of ${id} was forgotten`)
  if (response.status === 'cancelled') return
  assert.equal(response.status, 'completed', `${id}: ${JSON.stringify(response.error)}`)
  if (answer === undefined) return
  const messages: Json[] = response.output.filter(({ type }: Json) => type === 'message')
  assert.deepEqual(messages.map(textOf), [answer], `the answer of ${id}`)
  const deltas = replay
    .filter(({ event, data }) => event === 'response.output_text.delta' && data.item_id === messages[0].id)
    .map(({ data }) => data.delta)
  assert.equal(deltas.join(''), answer, `the deltas of ${id}`)
}

/**
 * Checks that every answer is in the conversation once, in order. `late` are those of responses that no client was told of: a
 * request that its client has given up may still be carried out.
 */
export async function checkConversation(
  client: Client,
  { id, answers }: KnownConversation,
  late: string[],
): Promise<void> {
  const list = `/conversations/${id}/items?order=asc&limit=100`
  const items: Json[] = (await client.askUntilAnswered('GET', list)).body.data
  const said = items.filter(({ type, role }) => type === 'message' && role === 'assistant').map(textOf)
  for (const answer of late) {
    assert.ok(said.includes(answer), `an answer in ${id}: ${answer}`)
    said.splice(said.indexOf(answer), 1)
  }
  assert.deepEqual(said, answers, `the answers in ${id}`)
}

/** What the response has said, as a conversation has it. */
export const answersIn = ({ output }: Json): string[] =>
  output.filter(({ type }: Json) => type === 'message').map(textOf)
