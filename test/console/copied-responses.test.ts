import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findProgram } from '../programs.ts'
import { until } from '../runs.ts'
import { createChain, startAgents, type Agents } from './agents-fixture.ts'
import { closeBrowser, copyAsCode, visit, withoutBrowser } from './browser.ts'

describe('a response as a program', { skip: withoutBrowser }, () => {
  let room: Agents
  let chain: Awaited<ReturnType<typeof createChain>>
  before(async () => {
    room = await startAgents()
    chain = await createChain(room)
  })
  after(async () => {
    await closeBrowser()
    await room[Symbol.asyncDispose]()
  })

  const run = (program: string, args: string[]) =>
    promisify(execFile)(program, args, {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { ...process.env, OPENAI_API_KEY: room.apiKey },
    })
  const runNode = (program: string) => run(process.execPath, ['--input-type=module', '--eval', program])
  const newest = async () => {
    const { data } = (await room.client.get('/responses', { query: { limit: 1 } })) as {
      data: (typeof chain.root)[]
    }
    assert.ok(data[0])
    return data[0]
  }
  const listInput = async (id: string) => (await room.client.responses.inputItems.list(id)).data

  test('makes it again from where it went on, with its own input, tools and instructions', async () => {
    const { id } = await room.client.responses.create({
      model: 'scripted',
      previous_response_id: chain.told.id,
      input: [
        { role: 'developer', content: 'It rains.' },
        { role: 'user', content: "Shall I pack 'boots'?" },
      ],
      instructions: 'Be kind.',
      temperature: 0.5,
      tools: chain.root.tools,
      metadata: { of: 'copies' },
    })
    await using seen = await visit(room, { at: `responses/${id}` })
    const made = await room.client.responses.retrieve(id)
    for (const language of ['Node', 'curl']) {
      const program = await copyAsCode(seen, language)
      assert.ok(program.includes(`${room.url}/v1`) && !program.includes(room.apiKey))
      const { stdout } = await (language === 'Node' ? runNode(program) : run('bash', ['-c', program]))
      assert.match(stdout, language === 'Node' ? /This is the answer\./ : /event: response\.completed/)
      const again = await newest()
      assert.notEqual(again.id, id)
      for (const name of [
        'previous_response_id',
        'instructions',
        'tools',
        'temperature',
        'metadata',
      ] as const)
        assert.deepEqual(again[name], made[name], `${name} in ${language}`)
      assert.equal((await listInput(again.id)).length, (await listInput(id)).length)
    }
  })

  test('answers functions until the model has its answer, in a chain and in a conversation', async () => {
    const { id: conversation } = await room.client.conversations.create()
    const inConversation = await room.client.responses.create({
      model: 'scripted',
      conversation,
      input: 'How is the weather in Paris?',
      tools: chain.root.tools,
      tool_choice: 'required',
    })
    const [call] = inConversation.output
    assert.ok(call?.type === 'function_call')
    const output = { type: 'function_call_output' as const, call_id: call.call_id, output: 'rainy' }
    await room.client.responses.create({ model: 'scripted', conversation, input: [output] })
    await using seen = await visit(room, { at: `responses/${chain.root.id}` })
    for (const { id } of [chain.root, inConversation]) {
      await seen.page.goto(`${room.url}/responses/${id}`)
      const program = await copyAsCode(seen, 'Node')
      const answering = program.replace(/throw new Error\(.*\)/, `return '{"sky":"sunny"}'`)
      assert.match((await runNode(answering)).stdout, /^This is the answer\./)
      const last = await newest()
      assert.equal(last.conversation?.id, id === chain.root.id ? undefined : conversation)
      assert.equal(last.tool_choice, 'auto')
      const [answer] = await listInput(last.id)
      assert.equal(answer?.type === 'function_call_output' && answer.output, '{"sky":"sunny"}')
    }
  })

  test('is a program of Python too', async (t) => {
    const python = findProgram('python3')
    if (!python) return t.skip('there is no Python on this machine')
    await using seen = await visit(room, { at: `responses/${chain.root.id}` })
    // What it says to the client is read back from a client that only writes it down.
    const noting = `
import json, sys, types
class Noted(types.SimpleNamespace):
    def create(self, **request):
        self.requests = getattr(self, "requests", []) + [json.loads(json.dumps(request))]
        call = types.SimpleNamespace(type="function_call", call_id="call_1", name="get_weather", arguments="{}")
        response = types.SimpleNamespace(id="resp_1", output=[call] if len(self.requests) == 1 else [])
        return [
            types.SimpleNamespace(type="response.output_text.delta", delta="Hi"),
            types.SimpleNamespace(type="response.completed", response=response),
        ]
noted = Noted()
openai = types.ModuleType("openai")
openai.OpenAI = lambda base_url: types.SimpleNamespace(responses=noted)
sys.modules["openai"] = openai
exec(sys.argv[1].replace('raise NotImplementedError(f"{name}({given})")', 'return "sunny"'), {})
print(json.dumps(noted.requests))
`
    const { stdout } = await run(python, ['-c', noting, await copyAsCode(seen, 'Python')])
    const [words, requests = ''] = stdout.trim().split('\n')
    assert.equal(words, 'HiHi')
    const [asked, told] = JSON.parse(requests)
    assert.equal(asked.input, 'How is the weather in Paris?')
    assert.equal(asked.instructions, 'Be brief.')
    assert.equal(asked.tools[0].name, 'get_weather')
    assert.equal(told.previous_response_id, 'resp_1')
    assert.deepEqual(told.input, [{ type: 'function_call_output', call_id: 'call_1', output: 'sunny' }])
  })

  test('has nothing of what a response had said before it was cancelled in its input', async () => {
    const { client } = room
    const { id: before } = await client.responses.create({
      model: 'scripted',
      input: 'hang',
      background: true,
    })
    const has = async () => JSON.stringify(await client.get(`/responses/${before}/events`))
    await until(async () => (await has()).includes('response.output_text.delta'))
    await client.responses.cancel(before)
    const { id } = await client.responses.create({
      model: 'scripted',
      previous_response_id: before,
      input: 'And now?',
    })
    assert.equal((await listInput(id)).length, 3)
    await using seen = await visit(room, { at: `responses/${id}` })
    assert.match(await copyAsCode(seen, 'Node'), /"input": "And now\?",\n {2}"previous_response_id"/)
  })

  test('begins anew with all that was said where what it went on with is gone', async () => {
    const before = await room.client.responses.create({ model: 'scripted', input: 'Good morning' })
    const { id } = await room.client.responses.create({
      model: 'scripted',
      previous_response_id: before.id,
      input: 'And now?',
    })
    await room.client.responses.delete(before.id)
    await using seen = await visit(room, { at: `responses/${id}` })
    assert.match((await runNode(await copyAsCode(seen, 'Node'))).stdout, /This is the answer\./)
    assert.equal((await newest()).previous_response_id, null)
  })
})
