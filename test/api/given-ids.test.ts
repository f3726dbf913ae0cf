import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { toFile } from 'openai'
import { raw, refused } from '../raw.ts'
import { until } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
const logged: Record<string, unknown>[] = []
/** What is logged whatever is asked, on a busy machine too. */
const ofAnyServer = new Set(['request', 'the event loop was blocked'])
before(async () => {
  server = await startTestServer({
    log: (_level, fact, more) => void (!ofAnyServer.has(fact) && logged.push({ fact, ...more })),
  })
})
after(() => server[Symbol.asyncDispose]())

const post = (path: string, body: unknown) => raw(server, 'POST', `/v1${path}`, body)
const upload = (fields: Record<string, string>, content = 'harbour') => {
  const form = new FormData()
  form.append('file', new File([content], 'a.txt'))
  for (const [name, value] of Object.entries({ purpose: 'assistants', ...fields })) form.append(name, value)
  return post('/files', form)
}
/** How many contents the server has stored. */
const contents = () =>
  readdirSync(join(server.dataDir, 'files'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  ).length
/** 24 letters and digits that end in these. */
const signs = (end: string) => `Old${'x'.repeat(21)}`.slice(0, 24 - end.length) + end

const kinds = [
  {
    path: '/assistants',
    id: (end: string) => `asst_${signs(end)}`,
    what: 'assistant',
    rest: { model: 'demo' },
  },
  { path: '/threads', id: (end: string) => `thread_${signs(end)}`, what: 'thread', rest: {} },
  { path: '/vector_stores', id: (end: string) => `vs_${signs(end)}`, what: 'vector store', rest: {} },
]

for (const { path, id, what, rest } of kinds) {
  const prefix = id('').split('_')[0] ?? ''

  test(`${what}: an id of the recorded form that is free is taken`, async () => {
    const made = await post(path, { ...rest, id: id('A1') })
    assert.equal(made.status, 200, made.text)
    assert.equal(made.json.id, id('A1'))
    assert.deepEqual((await raw(server, 'GET', `/v1${path}/${id('A1')}`)).json.id, id('A1'))
    assert.notEqual((await post(path, { ...rest, id: null })).json.id, id('A1'))
  })

  test(`${what}: an id that is taken is refused`, async () => {
    await post(path, { ...rest, id: id('B2') })
    refused(
      await post(path, { ...rest, id: id('B2') }),
      400,
      `Invalid 'id': the ID is not free. There is ${what === 'assistant' ? 'an' : 'a'} ${what} with id '${id('B2')}' already.`,
      { param: 'id', code: 'id_not_free' },
    )
  })

  test(`${what}: an id that was deleted is not used again`, async () => {
    await post(path, { ...rest, id: id('C3') })
    await raw(server, 'DELETE', `/v1${path}/${id('C3')}`)
    refused(
      await post(path, { ...rest, id: id('C3') }),
      400,
      `Invalid 'id': the ID is not free. The ${what} with id '${id('C3')}' was deleted, and ids are not used twice.`,
      { param: 'id', code: 'id_not_free' },
    )
  })

  test(`${what}: an id of another form is refused`, async () => {
    refused(
      await post(path, { ...rest, id: 'my-own' }),
      400,
      `Invalid 'id': 'my-own'. Expected an ID that begins with '${prefix}'.`,
      { param: 'id', code: 'invalid_value' },
    )
    for (const wrong of [`${prefix}_abc`, `${id('D4')}5`, id('-_'), `${id('D4')}\n`, `${prefix}_`]) {
      const answer = await post(path, { ...rest, id: wrong })
      assert.deepEqual(
        [answer.status, answer.json.error.param, answer.json.error.code],
        [400, 'id', 'invalid_value'],
        wrong,
      )
      assert.match(answer.json.error.message, /^Invalid 'id': string does not match pattern\. Expected/)
    }
    assert.match(
      (await post(path, { ...rest, id: 5 })).json.error.message,
      /^Invalid type for 'id': expected a string/,
    )
  })

  test(`${what}: of two that ask for one id at the same time one gets it`, async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => post(path, { ...rest, id: id('E5') })))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  })
}

test('a vector store may have an id of either of the recorded forms', async () => {
  const id = 'vs_68c9ee1ddce08191ab35289e906cdb6d'
  assert.equal((await server.client.vectorStores.create({ id } as object)).id, id)
  const upper = await post('/vector_stores', { id: id.replace('c', 'C') })
  assert.equal(upper.json.error.code, 'invalid_value')
})

test('the id of a thread may be given where it is made with its run', async () => {
  const assistant = await server.client.beta.assistants.create({ model: 'demo' })
  const id = `thread_${signs('R1')}`
  const body = { assistant_id: assistant.id, thread: { id, messages: [{ role: 'user', content: 'Hello' }] } }
  const started = await post('/threads/runs', body)
  assert.equal(started.json.thread_id, id, started.text)
  refused(
    await post('/threads/runs', body),
    400,
    `Invalid 'thread.id': the ID is not free. There is a thread with id '${id}' already.`,
    { param: 'thread.id', code: 'id_not_free' },
  )
})

test('file: an id is a field of the form, and the content is under it', async () => {
  for (const id of [
    'file-CyHtsk7XAWdRabQUBYRjCu',
    'file-abcdefghijklmnopqrstuvwx',
    `assistant-${signs('F1')}`,
  ]) {
    const made = await upload({ id }, `content of ${id}`)
    assert.equal(made.status, 200, made.text)
    assert.equal(made.json.id, id)
    assert.equal((await raw(server, 'GET', `/v1/files/${id}/content`)).text, `content of ${id}`)
  }
})

test('file: a refused id changes nothing of the file that has it', async () => {
  const id = 'file-CyHtsk7XAWdRabQUBYRj11'
  await upload({ id }, 'the first')
  const again = await upload({ id }, 'the second')
  const message = `Invalid 'id': the ID is not free. There is a file with id '${id}' already.`
  refused(again, 400, message, { param: 'id', code: 'id_not_free' })
  assert.equal(again.json.detail.message, message)
  assert.equal((await raw(server, 'GET', `/v1/files/${id}/content`)).text, 'the first')
  await server.client.files.delete(id)
  assert.match((await upload({ id })).json.error.message, /was deleted, and ids are not used twice/)
  refused(
    await upload({ id: '../../etc/passwd' }),
    400,
    "Invalid 'id': '../../etc/passwd'. Expected an ID that begins with 'file'.",
    { param: 'id', code: 'invalid_value' },
  )
})

test('file: of several that ask for one id at once one has it, with its own content, which goes when it is deleted', async () => {
  const id = 'file-CyHtsk7XAWdRabQUBYRj33'
  const before = contents()
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, n) => upload({ id }, `this is number ${n}`)),
  )
  const winner = answers.findIndex(({ status }) => status === 200)
  assert.equal(answers.filter(({ status }) => status === 400).length, 5)
  const { text } = await raw(server, 'GET', `/v1/files/${id}/content`)
  assert.equal(text, `this is number ${winner}`)
  assert.equal(contents(), before + 1, 'the others left none')
  await server.client.files.delete(id)
  await until(async () => contents() === before)
})

test('the official client gives an id as an additional field of a file', async () => {
  const id = 'file-CyHtsk7XAWdRabQUBYRj22'
  const params = { file: await toFile(Buffer.from('x'), 'x.txt'), purpose: 'assistants' as const, id }
  assert.equal((await server.client.files.create(params)).id, id)
})

test('who asks for an id from elsewhere is told what the original told, and the operator once what to do', async () => {
  const id = 'asst_QvNSM3qEfhTQNJeS9JRyV5nQ'
  logged.splice(0)
  const deleted = await server.client.beta.assistants.create({ model: 'demo' })
  await server.client.beta.assistants.delete(deleted.id)
  await raw(server, 'GET', `/v1/assistants/${deleted.id}`)
  await raw(server, 'GET', '/v1/assistants/asst_nothing')
  assert.deepEqual(logged, [])

  refused(await raw(server, 'GET', `/v1/assistants/${id}`), 404, `No assistant found with id '${id}'.`)
  await raw(server, 'GET', `/v1/assistants/${id}`)
  await post('/assistants', {
    model: 'demo',
    tool_resources: { code_interpreter: { file_ids: [`file-${signs('9')}`] } },
  })
  assert.equal(logged.length, 1)
  assert.equal(logged[0]?.['id'], id)
  assert.match(String(logged[0]?.['how']), /threadmill import FILE.*`id`/)
})
