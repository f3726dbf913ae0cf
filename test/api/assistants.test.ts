import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

const create = (body: Record<string, unknown> = {}) =>
  raw(server, 'POST', '/v1/assistants', { model: 'demo', ...body })

test('an assistant has every field, in the recorded order, with the recorded defaults', async () => {
  const { json, text } = await create({ name: 'Math Tutor', tools: [{ type: 'code_interpreter' }] })
  assert.match(json.id, /^asst_[A-Za-z0-9]{24}$/)
  assert.ok(Math.abs(json.created_at - Date.now() / 1000) < 60)
  assert.equal(
    JSON.stringify(json),
    JSON.stringify({
      id: json.id,
      object: 'assistant',
      created_at: json.created_at,
      name: 'Math Tutor',
      description: null,
      model: 'demo',
      instructions: null,
      tools: [{ type: 'code_interpreter' }],
      top_p: 1,
      temperature: 1,
      reasoning_effort: null,
      tool_resources: { code_interpreter: { file_ids: [] } },
      metadata: {},
      response_format: 'auto',
    }),
  )
  assert.equal(text, JSON.stringify(json, null, 2), 'answers are indented with two spaces')
  assert.deepEqual((await raw(server, 'GET', `/v1/assistants/${json.id}`)).json, json)
})

test('functions are shown with parameters and strict; without code interpreter there are no resources', async () => {
  const { json } = await create({
    tools: [
      { type: 'function', function: { name: 'bare' } },
      {
        type: 'function',
        function: {
          strict: true,
          parameters: { type: 'object', properties: { a: { type: 'string' } } },
          description: 'Full',
          name: 'full',
        },
      },
    ],
  })
  assert.equal(
    JSON.stringify(json.tools),
    JSON.stringify([
      {
        type: 'function',
        function: { name: 'bare', parameters: { type: 'object', properties: {} }, strict: false },
      },
      {
        type: 'function',
        function: {
          name: 'full',
          description: 'Full',
          parameters: { type: 'object', properties: { a: { type: 'string' } } },
          strict: true,
        },
      },
    ]),
  )
  assert.deepEqual(json.tool_resources, {})
})

test('null says the same as leaving a field out', async () => {
  const { status, json } = await create({
    name: null,
    description: null,
    instructions: null,
    tools: null,
    tool_resources: null,
    metadata: null,
    temperature: null,
    top_p: null,
    response_format: null,
    reasoning_effort: null,
  })
  assert.equal(status, 200)
  assert.deepEqual(
    [json.tools, json.metadata, json.temperature, json.top_p, json.response_format],
    [[], {}, 1, 1, 'auto'],
  )
})

test('response_format and reasoning_effort are echoed', async () => {
  const format = {
    type: 'json_schema',
    json_schema: { name: 'answer', description: 'An answer', schema: { type: 'object' }, strict: true },
  }
  const { json } = await create({ response_format: format, reasoning_effort: 'low' })
  assert.deepEqual(json.response_format, format)
  assert.equal(json.reasoning_effort, 'low')
})

test('modifying changes what is given, replaces lists whole, and null sets a field back', async () => {
  const assistants = server.client.beta.assistants
  const made = await assistants.create({
    model: 'demo',
    name: 'Before',
    instructions: 'Stay.',
    tools: [{ type: 'code_interpreter' }],
    metadata: { a: '1', b: '2' },
    temperature: 0.5,
  })
  const changed = await assistants.update(made.id, {
    name: null,
    tools: [{ type: 'function', function: { name: 'f' } }],
    metadata: { c: '3' },
  })
  assert.equal(changed.name, null)
  assert.equal(changed.instructions, 'Stay.')
  assert.equal(changed.temperature, 0.5)
  assert.deepEqual(changed.metadata, { c: '3' })
  assert.deepEqual(
    changed.tools.map((tool) => tool.type),
    ['function'],
  )
  assert.deepEqual((await assistants.update(made.id, { metadata: null })).metadata, {})
  assert.deepEqual((await assistants.retrieve(made.id)).metadata, {})
})

test('a deleted assistant is gone, and says so in the original words', async () => {
  const { json } = await create()
  const deleted = await raw(server, 'DELETE', `/v1/assistants/${json.id}`)
  assert.equal(
    JSON.stringify(deleted.json),
    JSON.stringify({ id: json.id, object: 'assistant.deleted', deleted: true }),
  )
  const gone = `No assistant found with id '${json.id}'.`
  refused(await raw(server, 'GET', `/v1/assistants/${json.id}`), 404, gone)
  refused(await raw(server, 'POST', `/v1/assistants/${json.id}`, {}), 404, gone)
  refused(await raw(server, 'DELETE', `/v1/assistants/${json.id}`), 404, gone)
})

test('an id of another kind is refused before it is looked for', async () => {
  refused(
    await raw(server, 'GET', '/v1/assistants/undefined'),
    400,
    "Invalid 'assistant_id': 'undefined'. Expected an ID that begins with 'asst'.",
    { param: 'assistant_id', code: 'invalid_value' },
  )
})

test('a model that is not served is refused with the names of those that are', async () => {
  const message = "The model 'no-such-model' does not exist. Available here: demo."
  const more = { param: 'model', code: 'model_not_found' }
  refused(await create({ model: 'no-such-model' }), 404, message, more)
  const { json } = await create()
  refused(
    await raw(server, 'POST', `/v1/assistants/${json.id}`, { model: 'no-such-model' }),
    404,
    message,
    more,
  )
})

test('files of code interpreter must exist, and leave the list when they are deleted', async () => {
  const { client } = server
  const file = await client.files.create({
    file: new File(['a,b'], 'data.csv'),
    purpose: 'assistants',
  })
  const resources = (ids: string[]) => ({ tool_resources: { code_interpreter: { file_ids: ids } } })
  const made = await client.beta.assistants.create({
    model: 'demo',
    tools: [{ type: 'code_interpreter' }],
    ...resources([file.id]),
  })
  assert.deepEqual(made.tool_resources?.code_interpreter?.file_ids, [file.id])
  refused(
    await create(resources([file.id, 'file-missing1', 'file-missing2'])),
    404,
    'No such File object: file-missing1, file-missing2',
    { param: 'tool_resources.code_interpreter.file_ids' },
  )
  await client.files.delete(file.id)
  const later = await client.beta.assistants.retrieve(made.id)
  assert.deepEqual(later.tool_resources?.code_interpreter?.file_ids, [])
})

test('code interpreter is given files of any kind', async () => {
  const { client } = server
  const names =
    'a.parquet b.tsv c.yaml d.xls e.sqlite f.db g.ipynb h.log i.svg j.npy k.wav l.doc Program.cs m.sh name'.split(
      ' ',
    )
  const files = await Promise.all(
    names.map((name) => client.files.create({ file: new File(['x'], name), purpose: 'assistants' })),
  )
  const file_ids = files.map(({ id }) => id)
  const made = await client.beta.assistants.create({
    model: 'demo',
    tools: [{ type: 'code_interpreter' }],
    tool_resources: { code_interpreter: { file_ids } },
  })
  assert.deepEqual(made.tool_resources?.code_interpreter?.file_ids, file_ids)
})

test('file search shows how it ranks, and how many results only where that was said', async () => {
  const shown = async (tool: object) => JSON.stringify((await create({ tools: [tool] })).json.tools)
  assert.equal(
    await shown({ type: 'file_search' }),
    JSON.stringify([
      {
        type: 'file_search',
        file_search: {
          ranking_options: { ranker: 'default_2024_08_21', score_threshold: 0, hybrid_search: null },
        },
      },
    ]),
  )
  const hybrid_search = { embedding_weight: 1, text_weight: 2 }
  assert.equal(
    await shown({
      type: 'file_search',
      file_search: {
        ranking_options: { score_threshold: 0.5, ranker: 'auto', hybrid_search },
        max_num_results: 7,
      },
    }),
    JSON.stringify([
      {
        type: 'file_search',
        file_search: {
          max_num_results: 7,
          ranking_options: { ranker: 'default_2024_08_21', score_threshold: 0.5, hybrid_search },
        },
      },
    ]),
  )
})

for (const ranker of ['default-2024-08-21', 'default-2024-11-15', 'default_2024_11_15']) {
  test(`the ranker ${ranker} is taken, as the search of a vector store has it`, async () => {
    const file_search = { ranking_options: { ranker, score_threshold: 0 } }
    const tools = [{ type: 'file_search', file_search }]
    const { json } = await create({ tools })
    assert.equal(json.tools[0].file_search.ranking_options.ranker, 'default_2024_08_21')
  })
}

test('code interpreter has no settings: empty ones are taken, others refused', async () => {
  const make = (code_interpreter: unknown) =>
    create({ tools: [{ type: 'code_interpreter', code_interpreter }] })
  for (const empty of [{}, null])
    assert.deepEqual((await make(empty)).json.tools, [{ type: 'code_interpreter' }])
  refused(await make({ container: 'x' }), 400, "Unknown parameter: 'tools[0].code_interpreter.container'.", {
    param: 'tools[0].code_interpreter.container',
    code: 'unknown_parameter',
  })
})

test('two tools of one name are refused, because a model calls tools by name', async () => {
  const f = { type: 'function', function: { name: 'f' } }
  const interpreter = { type: 'code_interpreter' }
  const shadow = { type: 'function', function: { name: 'code_interpreter' } }
  for (const tools of [
    [f, f],
    [interpreter, interpreter],
    [interpreter, shadow],
  ]) {
    const { status, json } = await create({ tools })
    assert.equal(status, 400)
    assert.equal(json.error.param, 'tools[1]')
  }
})

test('what file search is given must make sense', async () => {
  const tool = (file_search: unknown) => create({ tools: [{ type: 'file_search', file_search }] })
  const at = 'tools[0].file_search'
  refused(
    await tool({ max_num_results: 51 }),
    400,
    `Invalid '${at}.max_num_results': integer above maximum value. Expected a value <= 50, but got 51 instead.`,
    { param: `${at}.max_num_results`, code: 'integer_above_max_value' },
  )
  refused(
    await tool({ ranking_options: { ranker: 'auto' } }),
    400,
    `Missing required parameter: '${at}.ranking_options.score_threshold'.`,
    { param: `${at}.ranking_options.score_threshold`, code: 'missing_required_parameter' },
  )
})
