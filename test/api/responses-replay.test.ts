import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from '../acceptance/child.ts'
import { openDatabaseOf, removeDatabaseOf } from '../database.ts'
import { raw } from '../raw.ts'
import { assertNumbered, createResponsesFixture } from '../responses.ts'
import { parseEvents, until, type SeenEvent } from '../runs.ts'

type Server = Awaited<ReturnType<typeof createResponsesFixture>>

const streamed = { model: 'm', input: 'Hi', background: true, stream: true }

const replay = async (s: Server, id: string, after?: number): Promise<SeenEvent[]> => {
  const from = after === undefined ? '' : `&starting_after=${after}`
  const answer = await raw(s, 'GET', `/v1/responses/${id}?stream=true${from}`)
  assert.equal(answer.status, 200, answer.text)
  return parseEvents(answer.text)
}

/** That a stream which is read from each number has exactly these events after it. */
async function assertReplayed(s: Server, id: string, events: SeenEvent[], last: number): Promise<void> {
  for (const after of [undefined, ...Array.from({ length: last + 3 }, (_, at) => at)])
    assert.deepEqual(
      await replay(s, id, after),
      events.filter(({ data }) => after === undefined || data.sequence_number > after),
      `after ${after}`,
    )
}

async function endedAgo(dataDir: string, seconds: number): Promise<void> {
  const db = await openDatabaseOf(dataDir)
  await db.write((tx) => tx.run('update runs set finished_at = finished_at - ?', seconds))
  await db.close()
}

test('a stream is read from any number with what is kept of it, under the numbers of before, until only its end is kept', async () => {
  using folder = temporaryFolder()
  const script = (_: unknown, call: number) =>
    call === 0 ? { text: ['Hello', ' there', '.'] } : { text: ['No', ' end'], hang: true }
  const events: SeenEvent[] = []
  let id = ''
  let cancelled: SeenEvent[] = []
  let cancelledId = ''
  {
    await using s = await createResponsesFixture(script, { dataDir: folder.path })
    events.push(...parseEvents((await s.post(streamed)).text))
    assertNumbered(events)
    id = events[0]?.data.response.id
    await assertReplayed(s, id, events, events.length - 1)
    const held = s.post(streamed)
    cancelledId = await until(async () => {
      const { data } = (await raw(s, 'GET', '/v1/responses?status=in_progress')).json
      return s.model.calls.length === 2 && data[0]?.id
    })
    await s.responses.cancel(cancelledId)
    cancelled = parseEvents((await held).text)
    assertNumbered(cancelled)
    const end = cancelled.at(-1)
    assert.deepEqual([end?.event, end?.data.response.status], ['response.failed', 'cancelled'])
    await assertReplayed(s, cancelledId, cancelled, cancelled.length - 1)
  }
  await endedAgo(folder.path, 2 * 3_600)
  const kept = (all: SeenEvent[]) => all.filter(({ event }) => !event.endsWith('.delta'))
  {
    await using s = await createResponsesFixture(script, { dataDir: folder.path })
    await until(async () => (await replay(s, id)).length === kept(events).length)
    await assertReplayed(s, id, kept(events), events.length - 1)
    await until(async () => (await replay(s, cancelledId)).length === kept(cancelled).length)
    await assertReplayed(s, cancelledId, kept(cancelled), cancelled.length - 1)
  }
  await endedAgo(folder.path, 11 * 86_400)
  const env = { THREADMILL_KEEP_RUN_LOGS_DAYS: '10' }
  await using s = await createResponsesFixture(script, { dataDir: folder.path, env })
  await until(async () => (await replay(s, id)).length === 1)
  await assertReplayed(s, id, events.slice(-1), events.length - 1)
  await until(async () => (await replay(s, cancelledId)).length === 1)
  await assertReplayed(s, cancelledId, cancelled.slice(-1), cancelled.length - 1)
  await s.responses.delete(id)
  for (const query of ['', '?stream=true', '?stream=true&starting_after=3']) {
    const { status, json } = await raw(s, 'GET', `/v1/responses/${id}${query}`)
    assert.deepEqual([status, json.error.message], [404, `Response with id '${id}' not found.`])
  }
  await removeDatabaseOf(folder.path)
})

test('a number that a stream is read from is a whole number that is not negative', async () => {
  await using s = await createResponsesFixture([{ text: 'Hello.' }])
  const [first] = parseEvents((await s.post(streamed)).text)
  for (const given of ['-1', 'x', '1.5']) {
    const path = `/v1/responses/${first?.data.response.id}?stream=true&starting_after=${given}`
    const { status, json } = await raw(s, 'GET', path)
    assert.deepEqual([given, status, json?.error?.param], [given, 400, 'starting_after'])
  }
})
