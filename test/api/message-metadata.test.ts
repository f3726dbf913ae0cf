import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRunFixture, until } from '../runs.ts'
import { finished, said, spoken } from '../spoken-model.ts'

for (const end of ['completed', 'incomplete'] as const) {
  test(`metadata that a message is given while it is written stays when it is ${end}`, async () => {
    const changed = Promise.withResolvers<void>()
    const model = spoken(async function* () {
      yield* said('Hello', changed.promise)
      yield* finished()
    })
    await using s = await createRunFixture(model)
    const run = await s.run()
    const message = await until(async () => {
      const { data } = await s.threads.messages.list(s.thread.id, { run_id: run.id })
      return data[0]
    })
    assert.equal(message.status, 'in_progress')
    await s.threads.messages.update(message.id, { thread_id: s.thread.id, metadata: { seen: 'yes' } })
    if (end === 'incomplete') await s.threads.runs.cancel(run.id, { thread_id: s.thread.id })
    else changed.resolve()
    const written = await until(async () => {
      const now = await s.threads.messages.retrieve(message.id, { thread_id: s.thread.id })
      return now.status === end && now
    })
    assert.deepEqual(written.metadata, { seen: 'yes' })
    const events = await fetch(`${s.url}/v1/threads/${s.thread.id}/runs/${run.id}/stream`, {
      headers: { authorization: `Bearer ${s.apiKey}` },
    })
    const last = (await events.text()).split('\n').findLast((line) => line.includes('"thread.message"'))
    assert.deepEqual(JSON.parse(last?.slice('data: '.length) ?? '').metadata, { seen: 'yes' })
  })
}
