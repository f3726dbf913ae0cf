import assert from 'node:assert/strict'
import type { LanguageModelV4, LanguageModelV4Prompt } from '@ai-sdk/provider'
import type OpenAI from 'openai'
import { scripted, type Script, type ScriptedModel } from '../../src/models/scripted.ts'
import { streamRun } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'

export const foods = `Favourite foods of the team.

Mariam likes ramen most of all, above any other dish. 🍜 She eats it on Fridays.

Jonas prefers a plain cheese sandwich with mustard.`

export const travel = `Where people go in summer.

Mariam travels to the mountains of Norway with her tent.

Jonas stays at home and paints the fence.`

export type SearchServer = Awaited<ReturnType<typeof startSearchServer>>

/**
 * One server for the tests of a file, because its first look into a file of a vector store is slow. Each fixture has a
 * script of its own, which its model knows by the instructions of the assistant.
 */
export async function startSearchServer() {
  const scripts = new Map<string, ScriptedModel>()
  const scriptOf = (prompt: LanguageModelV4Prompt) => {
    const [first] = prompt
    const instructions = first?.role === 'system' ? first.content.split('\n')[0] : undefined
    return scripts.get(instructions ?? '') ?? assert.fail(`no script for ${instructions}`)
  }
  const model: LanguageModelV4 = {
    ...scripted([]),
    doStream: (options) => scriptOf(options.prompt).doStream(options),
  }
  const server = await startTestServer({ models: { scripted: model } })
  return {
    ...server,
    async createFixture(script: Script, files: Record<string, string | Buffer>, question?: string) {
      const instructions = `Script ${scripts.size}`
      const scriptedModel = scripted(script)
      scripts.set(instructions, scriptedModel)
      return { ...(await createFixture(server, instructions, files, question)), model: scriptedModel }
    },
  }
}

/** An assistant that searches a store of these files, and a thread with a question. */
async function createFixture(
  server: TestServer,
  instructions: string,
  files: Record<string, string | Buffer>,
  question = 'What does Mariam like to eat?',
) {
  const { client } = server
  const store = await client.vectorStores.create({ name: 'facts' })
  for (const [name, content] of Object.entries(files)) {
    const file = new File([typeof content === 'string' ? content : new Uint8Array(content)], name)
    await client.vectorStores.files.uploadAndPoll(store.id, file, { pollIntervalMs: 50 })
  }
  const assistant = await client.beta.assistants.create({
    model: 'scripted',
    instructions,
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
  })
  const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: question }] })
  const { runs, messages } = client.beta.threads
  return {
    ...server,
    store,
    assistant,
    thread,
    finish: (params: Partial<OpenAI.Beta.Threads.RunCreateParamsNonStreaming> = {}) =>
      runs.createAndPoll(thread.id, { assistant_id: assistant.id, ...params }, { pollIntervalMs: 20 }),
    stream: (params: Record<string, unknown> = {}, query = '') =>
      streamRun(server, thread.id, { assistant_id: assistant.id, ...params }, query),
    async answer() {
      const [message] = (await messages.list(thread.id)).data
      const [part] = message?.content ?? []
      assert.ok(part?.type === 'text')
      return part.text
    },
  }
}

export const search = (...queries: string[]) => ({
  toolCalls: [{ name: 'file_search', arguments: { queries } }],
})

/** The marker of the first passage in what the tool told the model. */
export const markers = (prompt: unknown) => JSON.stringify(prompt).match(/【\d+:\d+†[^】]+】/g) ?? []
