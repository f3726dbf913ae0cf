import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toFile, type OpenAI } from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { paid } from '../budgets.ts'
import { querySql, until } from '../runs.ts'
import { startTestServer } from '../server.ts'
import { askAdmin, newProject } from '../team.ts'

const usage = { input: 1_000, output: 100 }
const messages = [{ role: 'user' as const, content: 'Hello' }]

/** A vector store with a file of this text. */
async function storeOf({ files, vectorStores }: OpenAI, text: string) {
  const file = await files.create({ file: await toFile(Buffer.from(text), 'a.txt'), purpose: 'assistants' })
  const store = await vectorStores.create({})
  const added = await vectorStores.files.createAndPoll(store.id, { file_id: file.id })
  assert.equal(added.status, 'completed')
  const find = async (query: string) => {
    const { data } = await vectorStores.search(store.id, { query })
    return data.map(({ file_id, content }) => [file_id, content[0]?.text])
  }
  return { file: file.id, store: store.id, find }
}

test('the same bytes are read for each project by itself, and stay with one when the other deletes its file', async () => {
  await using s = await startTestServer()
  const [one, other] = [await newProject(s, 'One'), await newProject(s, 'Other')]
  const text = 'The harbour master counts the herring boats.'
  const theirs = await storeOf(one.client, text)
  const ours = await storeOf(other.client, text)
  const readFor = async () => {
    const rows = await querySql(s, 'select project from extractions')
    return new Set(rows.map(({ project }) => project))
  }
  assert.deepEqual(await readFor(), new Set([one.project.id, other.project.id]))
  await one.client.files.delete(theirs.file)
  await until(async () => (await readFor()).size === 1)
  assert.deepEqual(await readFor(), new Set([other.project.id]))
  const { data } = await other.client.vectorStores.files.content(ours.file, { vector_store_id: ours.store })
  assert.equal(data.map((part) => part.text).join(''), text)
})

test("what one project has just searched for is no other one's, also where both have the same words", async () => {
  await using s = await startTestServer()
  const [one, other] = [await newProject(s, 'One'), await newProject(s, 'Other')]
  const theirs = await storeOf(one.client, 'The harbour master counts the herring boats of the north.')
  const ours = await storeOf(other.client, 'The harbour master sleeps.')
  const query = 'harbour master herring'
  // Twice, so that what the first search has left in memory is there for the second.
  for (let time = 0; time < 2; time++) {
    assert.deepEqual(
      (await theirs.find(query)).map(([file]) => file),
      [theirs.file],
    )
    assert.deepEqual(
      (await ours.find(query)).map(([file]) => file),
      [ours.file],
    )
    await assert.rejects(other.client.vectorStores.search(theirs.store, { query }), { status: 404 })
  }
  await one.client.files.delete(theirs.file)
  assert.deepEqual(await theirs.find(query), [])
  assert.deepEqual(await ours.find(query), [[ours.file, 'The harbour master sleeps.']])
})

test('completions under way of one project take neither places nor budgets of another', async () => {
  const go = Promise.withResolvers<void>()
  const slow = async () => {
    await go.promise
    return { usage, text: 'Hello.' }
  }
  await using s = await startTestServer({
    models: { slow: paid(scripted(slow)), quick: paid(scripted(() => ({ usage, text: 'Hello.' }))) },
  })
  const [one, other] = [await newProject(s, 'One'), await newProject(s, 'Other')]
  for (const { project } of [one, other]) {
    await askAdmin(s, 'POST', `/projects/${project.id}/limits`, { max_concurrent_runs: 1 })
    const budget = { scope: 'project', threshold_tokens: 5_000 }
    assert.equal((await askAdmin(s, 'POST', `/projects/${project.id}/budgets`, budget)).status, 200)
  }
  const ask = ({ client }: { client: OpenAI }, model: string) =>
    client.chat.completions.create({ model, messages, max_completion_tokens: 4_900 })
  const asked = ask(one, 'slow')
  await until(async () => (await querySql(s, 'select 1 from budget_holds')).length === 1)
  await assert.rejects(ask(one, 'quick'), { status: 429, message: /on concurrent runs/ })
  assert.equal((await ask(other, 'quick')).choices[0]?.message.content, 'Hello.')
  await until(async () => (await querySql(s, 'select 1 from completions_under_way')).length === 1)
  go.resolve()
  await asked
})
