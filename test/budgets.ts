import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import OpenAI from 'openai'
import { scripted, type Script } from '../src/models/scripted.ts'
import { startTestServer } from './server.ts'

/** Of a million tokens, in dollars: a turn of 1,000 tokens that are read and 100 that are written costs one cent. */
export const prices = { models: { priced: { input: 5, output: 50 } } }

/** What each answer of the models of this server costs. */
export const turnTokens = 1_100

/** A server whose models read 1,000 tokens and write 100 in each turn, with the official client of its administrators. */
export async function createBudgetFixture({
  config = { prices } as object,
  script = (() => ({ usage: { input: 1_000, output: 100 }, text: 'Hello.' })) as Script | LanguageModelV4,
} = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const THREADMILL_CONFIG = join(folder, 'config.json')
  writeFileSync(THREADMILL_CONFIG, JSON.stringify(config))
  const model = () => (typeof script === 'object' && 'doStream' in script ? script : scripted(script))
  const facts: { message: string; [field: string]: unknown }[] = []
  const server = await startTestServer({
    // Not the class itself, of which the server knows that it costs nothing.
    models: { priced: paid(model()), unpriced: paid(model()) },
    env: { THREADMILL_CONFIG },
    log: (_level, message, more = {}) => void facts.push({ message, ...more }),
  })
  rmSync(folder, { recursive: true })
  const client = new OpenAI({
    baseURL: `${server.url}/v1`,
    apiKey: server.apiKey,
    adminAPIKey: server.server.adminKey,
    maxRetries: 0,
  })
  const assistant = await client.beta.assistants.create({ model: 'priced' })
  return {
    ...server,
    client,
    facts,
    assistant,
    organization: client.admin.organization,
    async budget(input: object, project = 'default') {
      return client.post(`/organization/projects/${project}/budgets`, {
        body: input,
        headers: { authorization: `Bearer ${server.server.adminKey}` },
      }) as Promise<{ id: string }>
    },
    /** Begins a run in a new thread, or in this one, and waits for its end. */
    async run(more: { model?: string; thread_id?: string; max_completion_tokens?: number } = {}) {
      const { thread_id, ...rest } = more
      const thread = thread_id ?? (await client.beta.threads.create({})).id
      await client.beta.threads.messages.create(thread, { role: 'user', content: 'Hello' })
      return client.beta.threads.runs.createAndPoll(thread, { assistant_id: assistant.id, ...rest })
    },
    /** How many tokens were used so far. */
    async used() {
      const page = await client.admin.organization.usage.completions({
        start_time: Math.floor(Date.now() / 1_000) - 3_600,
      })
      const results = page.data.flatMap((bucket) => bucket.results) as {
        input_tokens: number
        output_tokens: number
      }[]
      return results.reduce((sum, one) => sum + one.input_tokens + one.output_tokens, 0)
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** A model that might be anybody's. */
export const paid = <Model extends { provider: string }>(model: Model): Model =>
  Object.create(model, { provider: { value: 'somebody' } }) as Model

/** What is refused because a budget is used up. */
export async function assertRefused(answer: Promise<unknown>, code: string, text: RegExp): Promise<void> {
  await assert.rejects(answer, (error: InstanceType<typeof OpenAI.APIError>) => {
    assert.deepEqual([error.status, error.type, error.code], [429, 'insufficient_quota', code])
    assert.match(
      error.message,
      /You exceeded your current quota, please check your plan and billing details\./,
    )
    assert.match(error.message, text)
    return true
  })
}
