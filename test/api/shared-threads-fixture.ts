import assert from 'node:assert/strict'
import type { Script } from '../../src/models/scripted.ts'
import { createResponsesFixture } from '../responses.ts'

export type Fixture = Awaited<ReturnType<typeof createResponsesFixture>>

export const user = (text: string) => ({ type: 'message' as const, role: 'user' as const, content: text })

export const numbered = (_prompt: unknown, index: number) => ({ text: `Answer ${index}.` })

/** Runs an assistant in the thread that a conversation is, and returns what the model was asked. */
export async function runIn(s: Fixture, conversation: string, params: object = {}) {
  const { id: assistant_id } = await s.client.beta.assistants.create({ model: 'm' })
  const thread = conversation.replace('conv_', 'thread_')
  const run = await s.client.beta.threads.runs.createAndPoll(thread, { assistant_id, ...params })
  assert.deepEqual([run.status, run.last_error], ['completed', null])
  return { run, prompt: s.model.calls.at(-1)?.prompt ?? [] }
}

/** A prompt in short: texts, and calls and results with their names and ids. */
export const short = (prompt: Fixture['model']['calls'][number]['prompt']) =>
  prompt.flatMap(({ content }) =>
    typeof content === 'string'
      ? [content]
      : content.map((part) => {
          if (part.type === 'tool-call') return `${part.toolName}(${JSON.stringify(part.input)})`
          if (part.type === 'tool-result')
            return `=> ${part.output.type === 'text' ? part.output.value : part.output.type}`
          return part.type === 'text' ? part.text : part.type
        }),
  )

/** An assistant with a function has run in a new thread: it asked, called `look`, and said what it saw. */
export async function threadWithCall(s: Fixture) {
  const { beta } = s.client
  const tools = [{ type: 'function' as const, function: { name: 'look' } }]
  const { id: assistant_id } = await beta.assistants.create({ model: 'm', tools })
  const { thread_id, ...run } = await beta.threads.createAndRunPoll({
    assistant_id,
    thread: { messages: [{ role: 'user', content: 'One' }] },
  })
  const [one] = run.required_action?.submit_tool_outputs.tool_calls ?? []
  const tool_outputs = [{ tool_call_id: one?.id ?? '', output: 'blue' }]
  await beta.threads.runs.submitToolOutputsAndPoll(run.id, { thread_id, tool_outputs })
  return { thread_id, conversation: thread_id.replace('thread_', 'conv_'), run }
}

export const looks: Script = (prompt, index) =>
  index === 0 && prompt.at(-1)?.role === 'user'
    ? { toolCalls: [{ name: 'look', arguments: { at: 'sky' } }] }
    : { text: `Answer ${index}.` }
