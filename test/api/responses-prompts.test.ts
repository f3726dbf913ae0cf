import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused } from '../raw.ts'
import { asked, createResponsesFixture } from '../responses.ts'

const tool = { type: 'function' as const, function: { name: 'look', description: 'Looks.' } }
const schema = { type: 'object', properties: { a: { type: 'string' } } }

test('an assistant is named as a prompt, and gives what the request does not', async () => {
  await using s = await createResponsesFixture(() => ({ text: 'Yes.' }))
  const assistant = await s.client.beta.assistants.create({
    model: 'm',
    instructions: 'You are {{ name }}. {{other}} stays.',
    tools: [tool],
    temperature: 0.5,
    top_p: 0.25,
    reasoning_effort: 'low',
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema } },
  })
  // What is to stay is given as itself.
  const prompt = { id: assistant.id, variables: { name: 'Ada', other: '{{other}}' } }
  const response = await s.responses.create({ prompt, input: 'Hi' })
  assert.deepEqual(response.prompt, {
    id: assistant.id,
    variables: {
      name: { type: 'input_text', text: 'Ada' },
      other: { type: 'input_text', text: '{{other}}' },
    },
    version: null,
  })
  assert.deepEqual(response.instructions, [
    {
      type: 'message',
      content: [{ type: 'input_text', text: 'You are Ada. {{other}} stays.' }],
      role: 'developer',
    },
  ])
  assert.deepEqual(
    [response.model, response.temperature, response.top_p, response.reasoning?.effort],
    ['m', 0.5, 0.25, 'low'],
  )
  assert.deepEqual(response.tools, [
    {
      type: 'function',
      description: 'Looks.',
      name: 'look',
      parameters: { type: 'object', properties: {} },
      strict: false,
    },
  ])
  assert.deepEqual(response.text?.format, {
    type: 'json_schema',
    description: null,
    name: 'n',
    schema,
    strict: false,
  })
  const [call] = s.model.calls
  assert.match(asked(call)[0]?.[1] ?? '', /^You are Ada\. \{\{other\}\} stays\./)
  assert.deepEqual([call?.temperature, call?.tools?.map(({ name }) => name)], [0.5, ['look']])

  const own = await s.responses.create({
    prompt,
    input: 'Hi',
    instructions: 'Be brief.',
    tools: [],
    temperature: 1,
    text: { format: { type: 'text' } },
  })
  assert.deepEqual(
    [own.instructions, own.tools, own.temperature, own.top_p, own.text?.format],
    ['Be brief.', [], 1, 0.25, { type: 'text' }],
  )
  assert.equal((await s.responses.retrieve(own.id)).prompt?.id, assistant.id)
  assert.equal((await s.responses.create({ prompt })).status, 'completed', 'without input')
})

test('a prompt that is not there, or cannot be used, is refused', async () => {
  await using s = await createResponsesFixture(() => ({ text: 'Yes.' }))
  const { id } = await s.client.beta.assistants.create({ model: 'm', instructions: 'Hi {{name}}.' })
  const ask = (prompt: unknown, more: object = {}) => s.post({ input: 'Hi', prompt, ...more })
  refused(await ask({ id: 'pmpt_x' }), 404, "Prompt with id 'pmpt_x' not found.")
  refused(await ask({ id: 'asst_x' }, { model: 'm' }), 404, "Prompt with id 'asst_x' not found.")
  refused(
    await ask({ id, version: '2' }),
    404,
    `Prompt with id '${id}' and version '2' not found. An assistant has no versions: leave 'prompt.version' out.`,
  )
  refused(await ask({ id, variables: { nam: 'x' } }), 400, 'Unknown prompt variables: nam', {
    param: 'prompt.variables.nam',
    code: 'prompt_variable_unknown',
  })
  for (const variables of [undefined, null, {}])
    refused(await ask({ id, variables }), 400, 'Missing prompt variables: name', {
      param: 'prompt.variables.name',
      code: 'prompt_variable_missing',
    })
  refused(
    await ask({ id, variables: { name: { type: 'input_image', file_id: 'file-x' } } }),
    400,
    'Variables of a prompt must be text for this server.',
    { param: 'prompt.variables.name.type', code: 'unsupported_parameter' },
  )
  refused(
    await ask({ id: 1 }),
    400,
    "Invalid type for 'prompt.id': expected a string, but got an integer instead.",
    {
      param: 'prompt.id',
      code: 'invalid_type',
    },
  )
  refused(
    await ask({ id: 'pmpt_x' }, { conversation: 'conv_x', model: 'm' }),
    404,
    "Conversation with id 'conv_x' not found.",
  )
})
