import assert from 'node:assert/strict'
import { test } from 'node:test'
import { APICallError, type LanguageModelV4Prompt, type LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { scripted, type ScriptedModel } from './scripted.ts'

const prompt: LanguageModelV4Prompt = [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }]

async function parts(model: ScriptedModel): Promise<LanguageModelV4StreamPart[]> {
  const got: LanguageModelV4StreamPart[] = []
  for await (const part of (await model.doStream({ prompt })).stream) got.push(part)
  return got
}

test('a list of texts is streamed as one delta each', async () => {
  const got = await parts(scripted([{ text: ['He', 'llo'], delayMs: 1 }]))
  assert.deepEqual(
    got.filter((part) => part.type === 'text-delta').map((part) => part.delta),
    ['He', 'llo'],
  )
  const finish = got.at(-1)
  assert(finish?.type === 'finish')
  assert.equal(finish.finishReason.unified, 'stop')
  assert.equal(finish.usage.outputTokens.total, 2)
})

test('text and tool calls may stand in one turn, and turns follow each other', async () => {
  const model = scripted([
    { text: 'Let me look.', toolCalls: [{ name: 'look', arguments: { at: 'x'.repeat(50) } }] },
    { text: 'Done.', usage: { input: 3, output: 4 } },
  ])
  const first = await model.doGenerate({ prompt })
  assert.deepEqual(
    first.content.map((part) => part.type),
    ['text', 'tool-call'],
  )
  assert.equal(first.finishReason.unified, 'tool-calls')
  const second = await model.doGenerate({ prompt })
  assert.equal(second.usage.inputTokens.total, 3)
  assert.equal(model.calls.length, 2)
  await assert.rejects(parts(model), /has 2 turns, and the model was asked for turn 3/)
})

test('an error without output fails the call, as an HTTP error does', async () => {
  const model = scripted([{ error: { status: 429, message: 'Slow down', retryAfterMs: 20 } }])
  await assert.rejects(parts(model), (error: unknown) => {
    assert(APICallError.isInstance(error))
    assert.equal(error.statusCode, 429)
    assert.equal(error.responseHeaders?.['retry-after-ms'], '20')
    return true
  })
})

test('an error after output comes through the stream', async () => {
  const got = await parts(scripted([{ text: 'Half', error: new Error('gone') }]))
  const last = got.at(-1)
  assert(last?.type === 'error' && last.error instanceof Error)
  assert.equal(last.error.message, 'gone')
})

test('a turn that hangs ends when it is aborted', async () => {
  const model = scripted([{ text: 'Wait', hang: true }])
  const abort = new AbortController()
  const { stream } = await model.doStream({ prompt, abortSignal: abort.signal })
  const seen: string[] = []
  await assert.rejects(async () => {
    for await (const part of stream) {
      seen.push(part.type)
      if (part.type === 'text-end') abort.abort()
    }
  }, /abort/i)
  assert.equal(seen.at(-1), 'text-end')
  assert.equal(model.aborted, 1)
})

test('a turn that hangs ends when its reader leaves', async () => {
  const model = scripted([{ hang: true }])
  const { stream } = await model.doStream({ prompt })
  const reader = stream.getReader()
  await reader.read()
  await reader.cancel()
  assert.equal(model.aborted, 1)
})

test('a function writes the turn from the prompt', async () => {
  const model = scripted((given, index) => ({ text: `${given.length} messages, call ${index}` }))
  const { content } = await model.doGenerate({ prompt })
  assert.deepEqual(content, [{ type: 'text', text: '1 messages, call 0' }])
})

for (const [script, said] of [
  [
    [{ txt: 'Hi' }],
    /^Turn 1 of the script: txt is not known; a turn has parts, reasoning, text, toolCalls, /,
  ],
  [[{ text: 'Hi' }, { text: 5 }], /^Turn 2 of the script: text must be a string or a list of strings$/],
  [[{ toolCalls: [{ nam: 'f' }] }], /toolCalls\.0\.name must be a string; toolCalls\.0\.nam is not known$/],
  [[{ error: { mesage: 'busy' } }], /error\.message must be a string; error\.mesage is not known$/],
  [[{ error: 'busy' }], /error must be an Error, or an object with a message$/],
  [[{ text: 'Hi', delayMs: '5' }], /delayMs must be a number of 0 or more$/],
  [[{ text: 'Hi', finishReason: 'stopp' }], /finishReason must be one of stop, length, /],
  [['Hi'], /^Turn 1 of the script: it must be an object/],
  [{ text: 'Hi' }, /^scripted\(\) takes a list of turns, or a function that writes one$/],
] as [never, RegExp][])
  test(`a script that cannot be played is refused: ${JSON.stringify(script)}`, () => {
    assert.throws(() => scripted(script), { name: 'TypeError', message: said })
  })

test('a turn that a function writes is looked at when it is played', async () => {
  const model = scripted(() => ({ txt: 'Hi' }) as never)
  await assert.rejects(
    async () => void (await model.doStream({ prompt: [] } as never)),
    /^TypeError: Turn 1 of the script: txt is not known/,
  )
})
