import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { once } from 'node:events'
import type { AddressInfo, Server as NetServer } from 'node:net'
import { join } from 'node:path'
import { readConfig } from '../../src/config/config.ts'
import { temporaryFolder } from '../acceptance/child.ts'
import { startFakeUpstream, type FakeReply } from '../fake-upstream.ts'
import { startTestServer } from '../server.ts'
import { fits } from './blocks.ts'
import { selfSigned } from './self-signed.ts'

const page = readFileSync(new URL('../../docs/models.md', import.meta.url), 'utf8')
/** What the first column of the table quotes. */
const quotes = (page.split('\n## What goes wrong\n')[1] ?? '')
  .split('And what says nothing')[0]
  ?.split('\n')
  .flatMap((line) => /^\| `(.+?)` +\|/.exec(line)?.[1] ?? [])

/** What a client hears that asks for a run on the model `name`, where `reply` is what the model server answers. */
async function heard(name: string, reply: FakeReply, env: Record<string, string> = {}): Promise<string> {
  await using upstream = await startFakeUpstream({ models: ['qwen3'], reply })
  return await heardAt(`${upstream.url}/v1`, name, env)
}

async function heardAt(address: string, name: string, env: Record<string, string> = {}): Promise<string> {
  await using server = await startTestServer({ env: { OPENAI_BASE_URL: address, ...env } })
  const { client } = server
  try {
    const { id } = await client.beta.assistants.create({
      model: name,
      tools: [{ type: 'function', function: { name: 'get_weather' } }],
    })
    const thread = { messages: [{ role: 'user' as const, content: 'Hello' }] }
    const run = await client.beta.threads.createAndRunPoll(
      { assistant_id: id, thread },
      { pollIntervalMs: 20 },
    )
    return run.last_error?.message ?? `nothing: the run is ${run.status}`
  } catch (error) {
    return (error as Error).message
  }
}

/** The same, where `GET /models` is answered with this status. */
async function heardOfList(status: number): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end('{}'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    return await heardAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'gpt-4-turbo')
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

/** The same, where the address begins with https and a server is behind it that is not trusted, or speaks http. */
async function heardOverHttps(server: NetServer): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    return await heardAt(`https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, 'gpt-4-turbo')
  } finally {
    server.close()
  }
}

/** What the start says of a config file. */
function refused(file: object | string): string {
  using folder = temporaryFolder()
  const path = join(folder.path, 'config.json')
  writeFileSync(path, typeof file === 'string' ? file : JSON.stringify(file))
  try {
    readConfig({ THREADMILL_CONFIG: path }, { use: 'read' })
    return 'nothing'
  } catch (error) {
    return (error as Error).message
  }
}

const refusal = (status: number, message: string): FakeReply => ({ status, error: { message } })
const lab = { type: 'openai-compatible', base_url: 'http://127.0.0.1:8000/v1' }

/** How each comes about. What model servers say is quoted from them. */
const causes: Record<string, () => string | Promise<string>> = {
  "The model '…' cannot be looked up: the provider 'openai-compatible' cannot be reached (ECONNREFUSED).":
    () => heardAt('http://127.0.0.1:2/v1', 'gpt-4-turbo'),
  "the provider 'openai-compatible' cannot be reached (ENOTFOUND)": () =>
    heardAt('http://no-such-host.invalid/v1', 'gpt-4-turbo'),
  "the provider 'openai-compatible' refuses the key (401)": () => heardOfList(401),
  'an address usually ends in /v1': () => heardOfList(404),
  "The model 'qwen' does not exist. Available here: …": () => heard('qwen', {}),
  '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set': () =>
    heard(
      'qwen3',
      refusal(400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
    ),
  'tools param requires --jinja flag': () =>
    heard('qwen3', refusal(400, 'tools param requires --jinja flag')),
  'does not support tools': () =>
    heard('qwen3', refusal(400, 'registry.ollama.ai/library/qwen3:latest does not support tools')),
  "The prompt does not fit the model's context window: …": () =>
    heard('qwen3', refusal(400, "This model's maximum context length is 4096 tokens.")),
  'image input is not supported': () =>
    heard('qwen3', refusal(500, 'image input is not supported - hint: you may need to provide the mmproj')),
  'cannot be reached (…): it speaks http, not https': () => heardOverHttps(createServer()),
  'its certificate is not one that Node trusts': () => heardOverHttps(createSecureServer(selfSigned)),
  'answered with a redirect (301)': () => heard('qwen3', refusal(301, 'Moved.')),
  "refused the server's key or its permission for this model (403).": () =>
    heard('qwen3', refusal(403, 'No.')),
  'does not serve this model: …': () => heard('qwen3', refusal(404, "model 'qwen3' not found")),
  'You exceeded your current quota': () =>
    heard(
      'qwen3',
      refusal(429, 'You exceeded your current quota, please check your plan and billing details.'),
    ),
  "The model 'openai-compatible/qwen3' sent nothing for … seconds.": () =>
    heard('qwen3', { firstTokenMs: 3_000 }, { THREADMILL_FIRST_BYTE_TIMEOUT: '0.1' }),
  'THREADMILL_CONFIG: …': () => refused('{ "providers": '),
  'providers.lab.api_key_env names LAB_KEY, which is not set': () =>
    refused({ providers: { lab: { ...lab, api_key_env: 'LAB_KEY' } } }),
  'the models file has an unknown key: providers.lab.baseurl': () =>
    refused({ providers: { lab: { ...lab, baseurl: '' } } }),
}

test('every symptom of docs/models.md is one that is tried here', () => {
  assert.deepEqual(quotes?.toSorted(), Object.keys(causes).toSorted())
})

for (const [quote, cause] of Object.entries(causes)) {
  test(`it is really said: ${quote}`, async () => {
    const text = await cause()
    assert.ok(fits(quote, text), `"${quote}" is said, not "${text}"`)
  })
}
