import assert from 'node:assert/strict'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { bringPackages } from '../bring-packages.ts'
import { startTestServer } from '../server.ts'
import type { AssistantParams, FunctionCall, Message, RunStream, ToolCall } from './client.ts'
import type { Sdk } from './majors.ts'
import { behaviours, dice } from './models.ts'

bringPackages()
const { majors } = await import('./majors.ts')

const server = await startTestServer({
  models: behaviours(),
  tools: [dice],
  env: { THREADMILL_CODE_INTERPRETER: 'auto' },
})
after(() => server[Symbol.asyncDispose]())
const baseURL = `${server.url}/v1`
const { apiKey } = server

const weather: AssistantParams = {
  model: 'weather',
  tools: [
    { type: 'function', function: { name: 'get_weather', description: 'Tells the weather of a city.' } },
  ],
}
const coder: AssistantParams = { model: 'coder', tools: [{ type: 'code_interpreter' }] }

const gambler: AssistantParams = { model: 'gambler', tools: [{ type: 'dice' } as never] }

const textOf = (message: Message | undefined) => message?.content.map((part) => part.text?.value).join('')
const weatherIn = ({ id, function: { arguments: given } }: FunctionCall) => ({
  tool_call_id: id,
  output: (JSON.parse(given) as { city: string }).city === 'Paris' ? '21 degrees' : '24 degrees',
})

/** An assistant of that behaviour and a thread in which the user has spoken. */
async function begin({ client }: Sdk, params: AssistantParams, content = 'Hello there') {
  const assistant = await client.beta.assistants.create(params)
  const thread = await client.beta.threads.create({ messages: [{ role: 'user', content }] })
  return { assistant, thread, threadId: thread.id, body: { assistant_id: assistant.id } }
}

/** What the listeners of a stream's helper are told, in order, repeated events written once. */
function listen(stream: RunStream) {
  const recorded: string[] = []
  const record = (name: string) => () => void (recorded.at(-1) !== name && recorded.push(name))
  stream.on('textCreated', record('textCreated'))
  stream.on('textDelta', record('textDelta'))
  stream.on('textDone', record('textDone'))
  stream.on('toolCallDelta', record('toolCallDelta'))
  stream.on('toolCallCreated', record('toolCallCreated'))
  stream.on('toolCallDone', record('toolCallDone'))
  stream.on('messageCreated', record('messageCreated'))
  stream.on('messageDone', record('messageDone'))
  stream.on('runStepCreated', record('runStepCreated'))
  stream.on('runStepDone', record('runStepDone'))
  stream.on('end', record('end'))
  return recorded
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

for (const major of majors) {
  suite(major.name, () => {
    const sdk = major.connect({ baseURL, apiKey })
    const { client } = sdk
    const { threads } = client.beta

    test('creates a run and polls it to its end in the steps that the server asks for', async () => {
      const poll = async () => {
        const { threadId, body } = await begin(sdk, { model: 'echo' })
        const began = performance.now()
        const run = await threads.runs.createAndPoll(threadId, body)
        return { run, threadId, tookMs: performance.now() - began }
      }
      let { run, threadId, tookMs } = await poll()
      // Left alone these clients look every five seconds, each time. A busy machine may be as slow once.
      for (let tries = 1; tookMs > 4_500 && tries < 5; tries++) ({ run, threadId, tookMs } = await poll())
      assert.ok(tookMs < 4_500)
      assert.equal(run.status, 'completed')
      assert.deepEqual(
        [run.usage?.prompt_tokens, run.usage?.completion_tokens, run.usage?.total_tokens],
        [12, 5, 17],
      )
      const { data } = await threads.messages.list(threadId)
      assert.deepEqual(data.map(textOf), ['You said: Hello there', 'Hello there'])
    })

    test('creates a thread and its run in one call, polled and streamed', async () => {
      const { body } = await begin(sdk, { model: 'echo' })
      const params = { ...body, thread: { messages: [{ role: 'user' as const, content: 'Both at once' }] } }
      assert.equal((await threads.createAndRunPoll(params)).status, 'completed')
      const [message] = await threads.createAndRunStream(params).finalMessages()
      assert.equal(textOf(message), 'You said: Both at once')
    })

    test("the stream's helper tells every event and gathers the deltas to the stored message and step", async () => {
      const { threadId, body } = await begin(sdk, { model: 'echo' })
      const stream = threads.runs.stream(threadId, body)
      const recorded = listen(stream)
      let text = ''
      stream.on('textDelta', (delta, whole) => {
        text += delta.value ?? ''
        assert.equal(whole.value, text)
      })
      const run = await stream.finalRun()
      assert.equal(text, 'You said: Hello there')
      assert.deepEqual(recorded, [
        'runStepCreated',
        'messageCreated',
        'textCreated',
        'textDelta',
        'textDone',
        'messageDone',
        'runStepDone',
        'end',
      ])
      const [stored] = (await threads.messages.list(threadId)).data
      const [gathered] = await stream.finalMessages()
      assert.equal(gathered?.id, stored?.id)
      assert.deepEqual(withoutIndexes(gathered?.content), stored?.content)
      // The event of a completed step still says when it would have expired; the step read later does not.
      const timeless = (step: object) => ({ ...step, expires_at: null })
      assert.deepEqual(
        (await stream.finalRunSteps()).map(timeless),
        await all(sdk.listSteps(threadId, run.id)),
      )
      const storedRun = await sdk.retrieveRun(threadId, run.id)
      assert.deepEqual([run.status, run.usage], [storedRun.status, storedRun.usage])
    })

    test('a raw stream gives the events one by one', async () => {
      const { threadId, body } = await begin(sdk, { model: 'echo' })
      const events = await all(await threads.runs.create(threadId, { ...body, stream: true }))
      const names = events.map(({ event }) => event)
      assert.deepEqual([names[0], names.at(-1)], ['thread.run.created', 'thread.run.completed'])
    })

    test('submits the outputs of functions and polls', async () => {
      const { threadId, body } = await begin(sdk, weather)
      const waiting = await threads.runs.createAndPoll(threadId, body)
      assert.equal(waiting.status, 'requires_action')
      const calls = waiting.required_action?.submit_tool_outputs.tool_calls ?? []
      assert.deepEqual(
        calls.map(({ function: { name, arguments: given } }) => [name, JSON.parse(given)]),
        [
          ['get_weather', { city: 'Paris' }],
          ['get_weather', { city: 'Rome', unit: 'celsius' }],
        ],
      )
      const run = await sdk.submitAndPoll(threadId, waiting.id, calls.map(weatherIn))
      assert.equal(run.status, 'completed')
      assert.equal(run.required_action, null)
      const [answer] = (await threads.messages.list(threadId)).data
      assert.equal(textOf(answer), 'Outside it is 21 degrees and 24 degrees.')
    })

    test('streams function calls with their arguments, and then the answer to their outputs', async () => {
      const { threadId, body } = await begin(sdk, weather)
      const stream = threads.runs.stream(threadId, body)
      const recorded = listen(stream)
      const pieces: string[] = []
      stream.on('toolCallDelta', ({ index, function: part }) => {
        pieces[index] = (pieces[index] ?? '') + (part?.arguments ?? '')
      })
      const waiting = await stream.finalRun()
      assert.deepEqual(
        recorded.filter((event) => event !== 'toolCallDelta'),
        ['runStepCreated', 'toolCallCreated', 'toolCallDone', 'toolCallCreated', 'toolCallDone', 'end'],
      )
      const calls = waiting.required_action?.submit_tool_outputs.tool_calls ?? []
      assert.deepEqual(
        pieces,
        calls.map((call) => call.function.arguments),
      )

      const second = sdk.submitAndStream(threadId, waiting.id, calls.map(weatherIn))
      let text = ''
      second.on('textDelta', ({ value }) => (text += value))
      assert.equal((await second.finalRun()).status, 'completed')
      assert.equal(text, 'Outside it is 21 degrees and 24 degrees.')
      const steps = await all(sdk.listSteps(threadId, waiting.id))
      assert.deepEqual(
        steps.map(({ type, status }) => [type, status]),
        [
          ['message_creation', 'completed'],
          ['tool_calls', 'completed'],
        ],
      )
      const outputs = steps[1]?.step_details.tool_calls?.map((call) => call.function?.output)
      assert.deepEqual(outputs, ['21 degrees', '24 degrees'])
    })

    test('the deltas of the code interpreter add up to the stored step', async () => {
      const { threadId, body } = await begin(sdk, coder)
      const stream = threads.runs.stream(threadId, body)
      let input = ''
      let logs = ''
      let call: ToolCall | undefined
      const steps: unknown[] = []
      stream.on('toolCallDelta', ({ code_interpreter: part }, whole) => {
        input += part?.input ?? ''
        logs += part?.outputs?.map((output) => output.logs ?? '').join('') ?? ''
        call = whole
      })
      stream.on('runStepDelta', (_delta, whole) => steps.push(structuredClone(whole.step_details)))
      const run = await stream.finalRun()
      assert.equal(run.status, 'completed')
      assert.equal(input, 'numbers = [3, 5, 7]\nfor number in numbers:\n    print(number * 2)\n')
      assert.equal(logs, '6\n10\n14\n')
      const stored = (await all(sdk.listSteps(threadId, run.id))).find(({ type }) => type === 'tool_calls')
      const [storedCall] = stored?.step_details.tool_calls ?? []
      assert.deepEqual(storedCall?.code_interpreter?.input, input)
      assert.deepEqual(withoutIndexes(call), storedCall)
      assert.deepEqual(withoutIndexes(steps.at(-1)), stored?.step_details)
      const [answer] = await stream.finalMessages()
      assert.equal(textOf(answer), 'Python says 6\n10\n14.')
    })

    test('a tool that the client does not know is read, streamed and gathered all the same', async () => {
      const { threadId, body, assistant } = await begin(sdk, gambler)
      const read = await sdk.client.beta.assistants.retrieve(assistant.id)
      assert.deepEqual((read as { tools?: unknown }).tools, [{ type: 'dice' }])
      const stream = threads.runs.stream(threadId, body)
      const recorded = listen(stream)
      const joined = { arguments: '', output: '' }
      let call: ToolCall | undefined
      stream.on('toolCallDelta', ({ dice: part }, whole) => {
        joined.arguments += part?.arguments ?? ''
        joined.output += part?.output ?? ''
        call = whole
      })
      const run = await stream.finalRun()
      assert.equal(run.status, 'completed')
      assert.deepEqual(joined, { arguments: '{"count":2}', output: '4 2' })
      assert.ok(recorded.includes('toolCallCreated') && recorded.includes('toolCallDone'))
      const stored = (await all(sdk.listSteps(threadId, run.id))).find(({ type }) => type === 'tool_calls')
      const [storedCall] = stored?.step_details.tool_calls ?? []
      assert.deepEqual([storedCall?.type, storedCall?.dice], ['dice', joined])
      assert.deepEqual(withoutIndexes(call), storedCall)
      const [answer] = await stream.finalMessages()
      assert.equal(textOf(answer), 'The dice say: 4 2')
    })

    test('uploads a file from a path and from memory, reads it back, lists it and deletes it', async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'threadmill-sdk-'))
      t.after(() => rmSync(folder, { recursive: true }))
      const path = join(folder, 'Größen.csv')
      writeFileSync(path, 'a,b\n1,2\n')
      const purpose = 'assistants'
      const fromPath = await client.files.create({ file: createReadStream(path), purpose })
      const fromMemory = await client.files.create({ file: new File(['hello'], 'hello.txt'), purpose })
      assert.deepEqual([fromPath.filename, fromPath.bytes, fromPath.purpose], ['Größen.csv', 8, purpose])
      assert.deepEqual([fromMemory.filename, fromMemory.bytes], ['hello.txt', 5])
      assert.equal((await client.files.retrieve(fromPath.id)).filename, 'Größen.csv')
      assert.equal(await (await client.files.content(fromPath.id)).text(), 'a,b\n1,2\n')
      const ids = (await all(client.files.list({ purpose }))).map(({ id }) => id)
      assert.ok(ids.includes(fromPath.id) && ids.includes(fromMemory.id))
      assert.deepEqual((await sdk.deleteFile(fromPath.id)).deleted, true)
      await assert.rejects(async () => client.files.retrieve(fromPath.id), major.errors.NotFoundError)
    })

    test('uploads a large file in parts', async () => {
      const parts = ['first half, ', 'second half']
      const upload = await client.uploads.create({
        bytes: parts.join('').length,
        filename: 'halves.txt',
        mime_type: 'text/plain',
        purpose: 'assistants',
      })
      assert.equal(upload.status, 'pending')
      const part_ids: string[] = []
      for (const part of parts) {
        const { id } = await client.uploads.parts.create(upload.id, { data: new File([part], 'part') })
        part_ids.push(id)
      }
      const { status, file } = await client.uploads.complete(upload.id, { part_ids })
      assert.deepEqual([status, file?.filename, file?.bytes], ['completed', 'halves.txt', 23])
      assert.equal(await (await client.files.content(file?.id ?? '')).text(), parts.join(''))
    })

    test('a list is read to its end, page after page', async () => {
      const { id } = await threads.create()
      const said = Array.from({ length: 23 }, (_, at) => `message ${at}`)
      for (const content of said) await threads.messages.create(id, { role: 'user', content })
      const first = await threads.messages.list(id, { limit: 10 })
      assert.deepEqual([first.data.length, first.hasNextPage()], [10, true])
      const messages = await all(threads.messages.list(id, { limit: 10, order: 'asc' }))
      assert.deepEqual(messages.map(textOf), said)
    })

    test('every answer and every error carries the id of its request', async () => {
      const { assistant } = await begin(sdk, { model: 'echo' })
      assert.match(assistant._request_id ?? '', /^req_\w+$/)
      const error = await refused(client.beta.assistants.retrieve('asst_unknown'))
      assert.match(major.requestIdOf(error) ?? '', /^req_\w+$/)
    })

    test('an error is of the class that its status stands for, with message, code and parameter', async () => {
      const { APIError, AuthenticationError, BadRequestError, NotFoundError } = major.errors
      const { threadId, body } = await begin(sdk, { model: 'endless' })
      const missing = await refused(client.beta.assistants.retrieve('asst_unknown'))
      assert.ok(missing instanceof NotFoundError && missing instanceof APIError)
      assert.equal(missing.message, "404 No assistant found with id 'asst_unknown'.")

      const stranger = major.connect({ baseURL, apiKey: 'sk-of-somebody-else' })
      const unknown = await refused(stranger.client.beta.assistants.retrieve('asst_unknown'))
      assert.ok(unknown instanceof AuthenticationError)
      assert.equal((unknown as { code?: unknown }).code, 'invalid_api_key')

      const run = await threads.runs.create(threadId, body)
      const busy = await refused(threads.runs.create(threadId, body))
      assert.ok(busy instanceof BadRequestError)
      assert.match(busy.message, /already has an active run/)
      await sdk.cancelRun(threadId, run.id)
      await sdk.pollRun(threadId, run.id)
    })

    test('a run that fails says why', async () => {
      const { threadId, body } = await begin(sdk, { model: 'broken' })
      const run = await threads.runs.createAndPoll(threadId, body)
      assert.equal(run.status, 'failed')
      assert.match(run.last_error?.message ?? '', /The prompt is bad/)
    })

    test("the stream's helper gives a run that ends incomplete, with what was said", async () => {
      const { threadId, body } = await begin(sdk, { model: 'brief' })
      const stream = threads.runs.stream(threadId, body)
      const run = await stream.finalRun()
      assert.equal(run.status, 'incomplete')
      assert.deepEqual((await stream.finalMessages()).map(textOf), ['This is a long'])
    })

    test('a run in the middle of its answer is cancelled', async () => {
      const { threadId, body } = await begin(sdk, { model: 'endless' })
      const stream = threads.runs.stream(threadId, body)
      await new Promise<void>((resolve) => stream.on('textDelta', () => resolve()))
      const [{ id } = { id: '' }] = await all(threads.runs.list(threadId))
      const cancelling = await sdk.cancelRun(threadId, id)
      assert.ok(['cancelling', 'cancelled'].includes(cancelling.status))
      assert.equal((await stream.finalRun()).status, 'cancelled')
      assert.equal((await sdk.pollRun(threadId, id)).status, 'cancelled')
    })

    test('metadata of assistants, threads, messages and runs is written, changed and read', async () => {
      const { assistant, thread, threadId, body } = await begin(sdk, {
        model: 'echo',
        metadata: { tier: 'free', team: 'blue' },
      })
      assert.deepEqual(assistant.metadata, { tier: 'free', team: 'blue' })
      const changed = await client.beta.assistants.update(assistant.id, { metadata: { tier: 'paid' } })
      assert.deepEqual((await client.beta.assistants.retrieve(assistant.id)).metadata, changed.metadata)
      assert.equal(changed.metadata?.['tier'], 'paid')

      const metadata = { about: 'the weather' }
      assert.deepEqual((await threads.update(thread.id, { metadata })).metadata, metadata)
      assert.deepEqual((await threads.retrieve(thread.id)).metadata, metadata)
      const [message] = (await threads.messages.list(threadId)).data
      const touched = await sdk.updateMessage(threadId, message?.id ?? '', { metadata })
      assert.equal(touched.id, message?.id)

      const run = await threads.runs.createAndPoll(threadId, { ...body, metadata })
      assert.deepEqual(run.metadata, metadata)
      const labelled = await sdk.updateRun(threadId, run.id, { metadata: { about: 'the sea' } })
      assert.deepEqual(labelled.metadata, { about: 'the sea' })
      assert.deepEqual((await sdk.deleteAssistant(assistant.id)).deleted, true)
    })

    test("Azure's client works against the same server, with its own address and header", async () => {
      const azure = major.connectAzure({ endpoint: server.url, apiKey })
      const { threadId, body } = await begin(azure, { model: 'echo' }, 'Hello from Azure')
      const stream = azure.client.beta.threads.runs.stream(threadId, body)
      const [message] = await stream.finalMessages()
      assert.equal(textOf(message), 'You said: Hello from Azure')
      const run = await azure.client.beta.threads.runs.createAndPoll(threadId, body)
      assert.equal((await azure.retrieveRun(threadId, run.id)).status, 'completed')
      const file = await azure.client.files.create({ file: new File(['x'], 'x.txt'), purpose: 'assistants' })
      assert.equal(await (await azure.client.files.content(file.id)).text(), 'x')
      const stranger = major.connectAzure({ endpoint: server.url, apiKey: 'sk-of-somebody-else' })
      const error = await refused(stranger.client.beta.assistants.retrieve('asst_unknown'))
      assert.ok(error instanceof major.errors.AuthenticationError)
    })
  })
}

/** What a call was refused with. */
async function refused(call: PromiseLike<unknown>): Promise<Error> {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof Error)
    return error
  }
  throw new assert.AssertionError({ message: 'the call was not refused' })
}

/** The client's accumulators keep the place in the list that a delta named, at every depth. */
function withoutIndexes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutIndexes)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'index')
      .map(([name, inside]) => [name, withoutIndexes(inside)]),
  )
}
