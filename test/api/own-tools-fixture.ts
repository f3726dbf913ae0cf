import assert from 'node:assert/strict'
import type OpenAI from 'openai'
import { scripted, type Script, type ScriptedTurn } from '../../src/models/scripted.ts'
import type { OwnTool, OwnToolCall } from '../../src/tools/own-tool.ts'
import { streamRun } from '../runs.ts'
import { startTestServer } from '../server.ts'

/** A tool that does what a test says. */
export const dice = (run: OwnTool['run'] = () => 'You threw a 4.'): OwnTool => ({
  type: 'dice',
  description: 'Throws a dice.',
  parameters: { type: 'object', properties: { sides: { type: 'integer' } } },
  run,
})

/** What requests name it by; the official types know the tools of the API only. */
export const withDice = { type: 'dice' } as never
export const throwDice = (given: unknown = { sides: 6 }): ScriptedTurn => ({
  toolCalls: [{ name: 'dice', arguments: given }],
})
export const look = { type: 'function', function: { name: 'look' } } as const

interface Setting {
  script: Script
  tools: OwnTool[] | undefined
  dataDir?: string
  env?: Record<string, string>
  /** Of the assistant. */
  listed?: OpenAI.Beta.AssistantCreateParams['tools']
}

/** A server with these tools, an assistant that lists some, and a thread in which the user said something. */
export async function createFixture({ script, tools, dataDir, env, listed = [withDice] }: Setting) {
  const model = scripted(script)
  const server = await startTestServer({
    models: { scripted: model },
    ...(tools && { tools }),
    ...(dataDir !== undefined && { dataDir }),
    ...(env && { env }),
  })
  const { assistants, threads } = server.client.beta
  const assistant = await assistants.create({ model: 'scripted', tools: tools ? listed : [] })
  const thread = await threads.create({ messages: [{ role: 'user', content: 'Throw it' }] })
  return {
    ...server,
    model,
    assistants,
    threads,
    assistant,
    thread,
    start: (params: object = {}) => threads.runs.create(thread.id, { assistant_id: assistant.id, ...params }),
    finish: (params: object = {}) =>
      threads.runs.createAndPoll(
        thread.id,
        { assistant_id: assistant.id, ...params },
        { pollIntervalMs: 20 },
      ),
    stream: () => streamRun(server, thread.id, { assistant_id: assistant.id }),
    /** Oldest first. */
    steps: async (runId: string) =>
      (await threads.runs.steps.list(runId, { thread_id: thread.id, order: 'asc' })).data,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** The calls of a step, as JSON: the official types know nothing of them. */
export function callsOf(step: { step_details: unknown } | undefined) {
  assert.ok(step)
  return (step.step_details as { tool_calls: Record<string, unknown>[] }).tool_calls
}

/** The calls and results in a prompt, each as the model is told of it. */
export function toldOf(model: ReturnType<typeof scripted>, call: number) {
  return (model.calls[call]?.prompt ?? []).flatMap((message): unknown[] => {
    if (message.role === 'assistant')
      return message.content.flatMap((part) =>
        part.type === 'tool-call' ? [{ [part.toolName]: part.input }] : [],
      )
    if (message.role !== 'tool') return []
    return message.content.flatMap((part) =>
      part.type === 'tool-result' && part.output.type === 'text' ? [part.output.value] : [],
    )
  })
}

/** A promise that a test keeps open, and the signals of those who wait for it. */
export function gate() {
  const { promise, resolve } = Promise.withResolvers<string>()
  const entered = Promise.withResolvers<OwnToolCall>()
  return {
    open: resolve,
    entered: entered.promise,
    pass: (call: OwnToolCall) => {
      entered.resolve(call)
      return promise
    },
  }
}
