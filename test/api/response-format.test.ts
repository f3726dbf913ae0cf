import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type OpenAI from 'openai'
import { startFakeUpstream } from '../fake-upstream.ts'
import { startTestServer } from '../server.ts'

type Format = OpenAI.Beta.AssistantResponseFormatOption

const city = {
  type: 'json_schema',
  json_schema: {
    name: 'city',
    schema: {
      type: 'object',
      properties: { name: { type: 'string' }, people: { type: 'integer' } },
      required: ['name', 'people'],
    },
  },
} satisfies Format

/** A run on a provider that answers with these texts, one a call; `structured` is what the config says of the model. */
async function ask(structured: boolean, response_format: Format, answers: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  await using upstream = await startFakeUpstream({
    reply: (_request, index) => ({ tokens: [answers[index] ?? 'no more'] }),
  })
  const config = join(folder, 'config.json')
  writeFileSync(
    config,
    JSON.stringify({
      providers: {
        local: {
          type: 'openai-compatible',
          base_url: `${upstream.url}/v1`,
          models: { fake: { structured_outputs: structured } },
        },
      },
    }),
  )
  await using server = await startTestServer({ env: { THREADMILL_CONFIG: config } })
  const assistant = await server.client.beta.assistants.create({ model: 'local/fake', response_format })
  const run = await server.client.beta.threads.createAndRunPoll({
    assistant_id: assistant.id,
    thread: { messages: [{ role: 'user', content: 'Which city? Answer in JSON.' }] },
  })
  const [message] = (await server.client.beta.threads.messages.list(run.thread_id)).data
  const [part] = message?.content ?? []
  const counted = (await (
    await fetch(`${server.url}/v1/organization/usage/completions?start_time=${run.created_at - 60}`, {
      headers: { authorization: `Bearer ${server.apiKey}` },
    })
  ).json()) as OpenAI.Admin.Organization.UsageCompletionsResponse
  rmSync(folder, { recursive: true })
  return {
    run,
    counted: counted.data.flatMap(({ results }) => results)[0],
    text: part?.type === 'text' ? part.text.value : undefined,
    requests: upstream.requests.filter(({ body }) => body).map(({ body }) => body),
  }
}

test('a provider that enforces a schema is given it', async () => {
  const { run, requests } = await ask(true, city, ['{"name":"Oslo","people":1}'])
  assert.equal(run.status, 'completed')
  const format = requests[0]?.['response_format'] as {
    type: string
    json_schema: { name: string; schema: unknown; strict: boolean }
  }
  assert.equal(format.type, 'json_schema')
  assert.equal(format.json_schema.name, 'city')
  assert.equal(format.json_schema.strict, false)
  assert.deepEqual(format.json_schema.schema, city.json_schema.schema)
})

test('a model without it is told the schema, and an answer in a code fence is mended', async () => {
  const { run, text, requests } = await ask(false, city, ['```json\n{"name":"Oslo","people":700000}\n```'])
  assert.equal(run.status, 'completed')
  assert.equal(text, '{"name":"Oslo","people":700000}')
  assert.match(JSON.stringify(requests[0]?.messages[0]), /JSON Schema/)
})

const oslo = '{"name":"Oslo","people":2}'
for (const answer of [
  `Here is the city:\n\n\`\`\`json\n${oslo}\n\`\`\`\n\nAnything else?`,
  `Sure! ${oslo} is what you asked for.`,
  `The schema {name} gives:\n~~~\n${oslo}\n~~~`,
]) {
  test(`the answer is found in what is said around it: ${answer.slice(0, 12)}`, async () => {
    for (const structured of [false, true]) {
      const { text, requests } = await ask(structured, city, [answer])
      assert.equal(text, oslo)
      assert.equal(requests.length, 1)
    }
  })
}

test('what a provider that enforces a schema says is shown as it comes, and given as it is where it has no JSON', async () => {
  const begun = await ask(true, city, [`${oslo}\n\nDone.`])
  assert.equal(begun.text, `${oslo}\n\nDone.`)
  assert.equal((await ask(true, city, ['I cannot say.'])).text, 'I cannot say.')
})

test('an answer that does not follow the schema is asked for once more', async () => {
  const { run, text, requests } = await ask(false, city, ['Oslo, I think', '{"name":"Oslo","people":2}'])
  assert.equal(run.status, 'completed')
  assert.equal(text, '{"name":"Oslo","people":2}')
  assert.equal(requests.length, 2)
  const messages = requests.reduce((sum, body) => sum + (body?.messages.length ?? 0), 0)
  // What the upstream counts: both answers were paid for.
  assert.deepEqual([run.usage?.prompt_tokens, run.usage?.completion_tokens], [10 * messages, 2])
})

test('a model that never follows the format fails the run with a reason', async () => {
  const { run, requests, counted } = await ask(false, city, ['{"name":"Oslo"}', '{"name":3,"people":2}'])
  assert.equal(run.status, 'failed')
  // Both answers were paid for, although no step has them.
  const prompt_tokens = requests.reduce((sum, body) => sum + 10 * (body?.messages.length ?? 0), 0)
  assert.deepEqual([run.usage?.prompt_tokens, run.usage?.completion_tokens], [prompt_tokens, 2])
  const { num_model_requests, input_tokens, output_tokens } =
    counted as OpenAI.Admin.Organization.UsageCompletionsResponse.Data.OrganizationUsageCompletionsResult
  assert.deepEqual([num_model_requests, input_tokens, output_tokens], [2, prompt_tokens, 2])
  assert.match(run.last_error?.message ?? '', /does not support this response_format/)
})

test('json_object asks for an object', async () => {
  const kept = await ask(false, { type: 'json_object' }, ['[1]', '{"a":1}'])
  assert.equal(kept.run.status, 'completed')
  assert.equal(kept.text, '{"a":1}')
  const given = await ask(true, { type: 'json_object' }, ['{"a":1}'])
  assert.deepEqual(given.requests[0]?.['response_format'], { type: 'json_object' })
})
