import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scripted } from '../scripted.ts'
import { withShortCallIds } from './short-call-ids.ts'

test('calls and their results go out under one id of nine letters and digits, different for each call', async () => {
  const model = scripted([{ text: 'ok' }])
  const call = (id: string) => ({ type: 'tool-call' as const, toolCallId: id, toolName: 'f', input: {} })
  const result = (id: string) => ({
    type: 'tool-result' as const,
    toolCallId: id,
    toolName: 'f',
    output: { type: 'text' as const, value: '' },
  })
  await withShortCallIds(model).doStream({
    prompt: [
      { role: 'assistant', content: [call('call_abcdefghijklmnopqrstuvwx'), call('call_2')] },
      { role: 'tool', content: [result('call_abcdefghijklmnopqrstuvwx'), result('call_2')] },
    ],
  })
  const ids = model.calls[0]?.prompt.map((message) =>
    typeof message.content === 'string'
      ? []
      : message.content.map((part) => 'toolCallId' in part && part.toolCallId),
  )
  assert.deepEqual(ids?.[0], ids?.[1])
  assert.equal(new Set(ids?.[0]).size, 2)
  for (const id of ids?.[0] ?? []) assert.match(String(id), /^[a-z0-9]{9}$/)
})
