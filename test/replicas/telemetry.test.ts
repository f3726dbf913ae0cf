import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scripted } from '../../src/models/scripted.ts'
import { sendingTo, startOtlpReceiver } from '../otlp-receiver.ts'
import { startReplicas } from './replicas.ts'

test('a run that goes on at another server is one trace, of spans that both servers have told', async () => {
  await using receiver = await startOtlpReceiver()
  const model = scripted((prompt) =>
    prompt.some(({ role }) => role === 'tool')
      ? { text: 'Thanks.' }
      : { toolCalls: [{ name: 'ask', arguments: {} }] },
  )
  await using s = await startReplicas({ m: model }, sendingTo(receiver))
  const { threads } = s.one.client.beta
  const assistant = await s.one.client.beta.assistants.create({
    model: 'm',
    tools: [{ type: 'function', function: { name: 'ask' } }],
  })
  const run = await threads.createAndRunPoll(
    { assistant_id: assistant.id, thread: { messages: [{ role: 'user', content: 'Hello' }] } },
    {
      headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
      pollIntervalMs: 20,
    },
  )
  assert.equal(run.status, 'requires_action')
  await s.one.server.close()
  const [call] = run.required_action?.submit_tool_outputs.tool_calls ?? []
  const ended = await s.other.client.beta.threads.runs.submitToolOutputsAndPoll(
    run.id,
    { thread_id: run.thread_id, tool_outputs: [{ tool_call_id: call?.id ?? '', output: 'x' }] },
    { pollIntervalMs: 20 },
  )
  assert.equal(ended.status, 'completed')
  const [whole] = await receiver.named('invoke_agent')
  const chats = await receiver.named('chat m', 2)
  assert.equal(whole?.parentSpanId, '00f067aa0ba902b7')
  for (const { traceId, parentSpanId } of chats)
    assert.deepEqual([traceId, parentSpanId], ['4bf92f3577b34da6a3ce929d0e0e4736', whole?.spanId])
  assert.equal(new Set(chats.map(({ spanId }) => spanId)).size, 2)
  const lastServer = chats.at(-1)?.resource['service.instance.id']
  assert.equal(whole?.resource['service.instance.id'], lastServer)
})
