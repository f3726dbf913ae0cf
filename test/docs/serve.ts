import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import OpenAI from 'openai'
import { readConfig } from '../../src/config/config.ts'
import type { ProviderSettings } from '../../src/models/provider-settings.ts'
import { start } from '../../src/start/start.ts'
import { startOtherWires } from './other-wires.ts'

// What `threadmill` is in a page: a server of the settings that were typed before it, in which every provider's address
// leads to a fake one. It says what a started server says, and a run must come to its end.
const options = Object.fromEntries(
  ['host', 'port', 'data-dir', 'config'].map((name) => [name, { type: 'string' as const }]),
)
const { values } = parseArgs({ args: process.argv.slice(2), strict: false, options })
const { DOCS_UPSTREAM: upstream = '', DOCS_SERVER, DOCS_KEY, THREADMILL_PORT: _taken, ...env } = process.env
// The reader's client has them from another page: they lead to the server, and are no provider's.
if (env['OPENAI_BASE_URL'] === DOCS_SERVER) delete env['OPENAI_BASE_URL']
if (env['OPENAI_API_KEY'] === DOCS_KEY) delete env['OPENAI_API_KEY']

const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-docs-'))
const config = readConfig({
  ...env,
  ...(values['config'] !== undefined && { THREADMILL_CONFIG: String(values['config']) }),
  THREADMILL_PORT: '0',
  THREADMILL_DATA_DIR: dataDir,
})

const wires = await startOtherWires()
function addressOf({ type }: ProviderSettings): string {
  if (type === 'anthropic') return wires.url
  if (type === 'google') return `${wires.url}/v1beta`
  return type === 'ollama' ? upstream : `${upstream}/v1`
}

const providers = config.models.providers.map((one) => ({ ...one, baseUrl: addressOf(one) }))
const server = await start({
  ...config,
  // What is typed may make it listen everywhere; here it must not.
  host: '127.0.0.1',
  codeInterpreter: { ...config.codeInterpreter, engine: 'off' },
  models: { ...config.models, providers, discover: false },
})
try {
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: config.apiKey })
  console.log(`Threadmill  ${server.url}\n\n  ${(await server.models()).join('\n  ')}`)
  const [first] = (await client.models.list()).data
  if (first === undefined) throw new Error('no model is listed')
  const thread = { messages: [{ role: 'user' as const, content: 'Hello' }] }
  const { id } = await client.beta.assistants.create({ model: first.id })
  const run = await client.beta.threads.createAndRunPoll({ assistant_id: id, thread }, { pollIntervalMs: 50 })
  if (run.status !== 'completed')
    throw new Error(`the run ended as ${run.status}: ${run.last_error?.message}`)
  console.log(`  ${first.id} has answered`)
} finally {
  await server.close()
  await wires[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
}
