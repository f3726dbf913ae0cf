import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scripted, type Script } from '../../src/models/scripted.ts'
import type { OwnTool } from '../../src/tools/own-tool.ts'
import { startTestServer } from '../server.ts'
import { countStatements } from '../statements.ts'
import { sqliteOnly } from '../database.ts'

/** The fewest of several tries: what is done every second falls into some of them. */
async function fewest(tries: number, once: () => Promise<string[]>): Promise<string[]> {
  const all: string[][] = []
  for (let at = 0; at < tries; at++) all.push(await once())
  return all.toSorted((one, other) => one.length - other.length)[0] ?? []
}

const dice: OwnTool = {
  type: 'dice',
  description: 'Throws a dice.',
  parameters: { type: 'object', properties: {} },
  run: () => 'You threw a 4.',
}

/** The statements of a run, from its request to its last event. */
async function statementsOf(script: Script, tools: object[] = []): Promise<string[]> {
  using statements = countStatements()
  await using s = await startTestServer({ models: { m: scripted(script) }, tools: [dice] })
  const assistant = await s.client.beta.assistants.create({
    model: 'm',
    instructions: 'Be brief.',
    tools: tools as never,
  })
  return await fewest(8, async () => {
    const thread = await s.client.beta.threads.create({ messages: [{ role: 'user', content: 'Hi' }] })
    statements.take()
    const events = await s.client.beta.threads.runs.create(thread.id, {
      assistant_id: assistant.id,
      stream: true,
    })
    for await (const { event } of events) if (event === 'thread.run.completed') break
    return statements.take().map(({ text }) => text)
  })
}

const plain = () => statementsOf(() => ({ text: 'Hello there.' }))

test('a plain run takes 11 statements at most, from its request to its last event', sqliteOnly, async () => {
  const taken = await plain()
  assert.ok(taken.length <= 11, `${taken.length}:\n${taken.join('\n')}`)
  assert.ok(taken.length > 5, 'the statements are not counted')
})

test(
  'the assistant of a run is not read again, unless it is long: then it is read once',
  sqliteOnly,
  async () => {
    using statements = countStatements()
    await using s = await startTestServer({ models: { m: scripted(() => ({ text: 'Hello there.' })) } })
    const { assistants, threads } = s.client.beta
    const long = 'Be brief. '.repeat(1_000)
    const { id: assistant_id } = await assistants.create({ model: 'm', instructions: 'Be brief.' })
    /** The statements about the assistant until its run is there or refused. */
    const run = async () => {
      const { id } = await threads.create({ messages: [{ role: 'user', content: 'Hi' }] })
      statements.take()
      const { data: created } = await threads.runs
        .create(id, { assistant_id })
        .withResponse()
        .catch(() => ({ data: undefined }))
      const taken = statements.take().filter(({ text }) => / from assistants /.test(text))
      if (created) await threads.runs.poll(created.id, { thread_id: id })
      return taken.map(({ text }) => (text.startsWith('select *') ? 'read' : 'compared'))
    }
    assert.deepEqual(await run(), ['read'])
    assert.deepEqual(await run(), ['compared'])
    await assistants.update(assistant_id, { instructions: long })
    assert.deepEqual(await run(), ['read'])
    assert.deepEqual(await run(), ['read'])
    await assistants.update(assistant_id, { instructions: 'Be brief.' })
    assert.deepEqual(await run(), ['read'])
    assert.deepEqual(await run(), ['compared'])
    await assistants.delete(assistant_id)
    assert.deepEqual(await run(), ['read'])
  },
)

test('a turn with a tool takes 9 statements more at most', sqliteOnly, async () => {
  const before = await plain()
  const taken = await statementsOf(
    (prompt) =>
      prompt.at(-1)?.role === 'tool'
        ? { text: 'A 4.' }
        : { toolCalls: [{ name: 'dice', arguments: { sides: 6 } }] },
    [{ type: 'dice' }],
  )
  assert.ok(taken.length <= before.length + 9, `${before.length}, then ${taken.length}:\n${taken.join('\n')}`)
  assert.ok(taken.length > before.length, 'the tool was not called')
})

test(
  'a response in a conversation takes 14 statements at most, and a list of the items one',
  sqliteOnly,
  async () => {
    using statements = countStatements()
    await using s = await startTestServer({ models: { m: scripted(() => ({ text: 'Hello there.' })) } })
    const answer = async () => {
      const conversation = await s.client.conversations.create()
      statements.take()
      const events = await s.client.responses.create({
        model: 'm',
        input: 'Hi',
        conversation: conversation.id,
        stream: true,
      })
      for await (const { type } of events) if (type === 'response.completed') break
      return { conversation, taken: statements.take().map(({ text }) => text) }
    }
    const taken = await fewest(8, async () => (await answer()).taken)
    assert.ok(taken.length <= 14, `${taken.length}:\n${taken.join('\n')}`)
    assert.ok(taken.length > 5, 'the statements are not counted')
    const { conversation } = await answer()
    const listing = await fewest(8, async () => {
      const { data } = await s.client.conversations.items.list(conversation.id)
      assert.equal(data.length, 2)
      return statements.take().map(({ text }) => text)
    })
    assert.equal(listing.length, 1, listing.join('\n'))
  },
)

test(
  'a response that goes on with another takes 15 statements at most, to retrieve it two, and a list one and one for each',
  sqliteOnly,
  async () => {
    using statements = countStatements()
    await using s = await startTestServer({ models: { m: scripted(() => ({ text: 'Hello there.' })) } })
    const texts = () => statements.take().map(({ text }) => text)
    const answer = async (previous_response_id: string | null) => {
      let id = ''
      const events = await s.client.responses.create({
        model: 'm',
        input: 'Hi',
        previous_response_id,
        stream: true,
      })
      for await (const event of events)
        if (event.type === 'response.completed') {
          id = event.response.id
          break
        }
      return id
    }
    let last = await answer(null)
    const taken = await fewest(8, async () => {
      statements.take()
      last = await answer(last)
      return texts()
    })
    assert.ok(taken.length <= 15, `${taken.length}:\n${taken.join('\n')}`)
    assert.ok(taken.length > 5, 'the statements are not counted')
    const reading = await fewest(8, async () => {
      assert.equal((await s.client.responses.retrieve(last)).output_text, 'Hello there.')
      return texts()
    })
    assert.equal(reading.length, 2, reading.join('\n'))
    const listing = await fewest(8, async () => {
      const { data } = await s.client.get<{ data: unknown[] }>('/responses')
      assert.equal(data.length, 9)
      return texts()
    })
    assert.equal(listing.length, 2, listing.join('\n'))
  },
)
