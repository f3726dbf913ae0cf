import assert from 'node:assert/strict'
import { test } from 'node:test'
import { event, say, startRawUpstream, textOf } from '../raw-upstream.ts'

for (const [what, answer] of [
  ['a mark of the order of bytes at its start', `\uFEFF${say('Here.')}`],
  ['empty events', `data:\n\ndata: \n\n${say('Here.')}`],
  [
    'a list of parts as its content',
    event({
      content: [
        { type: 'text', text: 'He' },
        { type: 'text', text: 're.' },
      ],
    }) + event({}, 'stop'),
  ],
  [
    'thoughts among the parts',
    event({
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] },
        { type: 'text', text: 'Here.' },
      ],
    }) + event({}, 'stop'),
  ],
  [
    'a mark before an answer that is no stream',
    `\uFEFF${JSON.stringify({ choices: [{ message: { content: 'Here.' }, finish_reason: 'stop' }] })}`,
  ],
] as const) {
  test(`an answer with ${what} is read`, async () => {
    await using s = await startRawUpstream((response) => void response.end(answer))
    const { run, messages } = await s.run()
    assert.equal(run.status, 'completed')
    assert.deepEqual(textOf(messages[0]), ['Here.'])
    assert.equal(s.requests.length, 1)
  })
}

for (const [what, chunk, reason] of [
  ['as older vLLM gives it', { object: 'error', message: 'no such tool', code: 400 }, /no such tool/],
  [
    'with its type',
    { object: 'error', message: 'too much', type: 'BadRequestError', param: null, code: 422 },
    /too much/,
  ],
  ['under its own name', { error: { message: 'bad schema', code: 400 } }, /bad schema/],
] as const) {
  test(`an error in the place of an answer is not asked for again, ${what}`, async () => {
    await using s = await startRawUpstream(
      (response) => void response.end(`data: ${JSON.stringify(chunk)}\n\n`),
    )
    const { run } = await s.run()
    assert.equal(run.status, 'failed')
    assert.match(run.last_error?.message ?? '', reason)
    assert.equal(s.requests.length, 1)
  })
}

for (const detail of ['The engine is dead', [{ loc: ['body'], msg: 'The engine is dead' }]]) {
  test(`a failure that names only its detail is asked for again: ${JSON.stringify(detail)}`, async () => {
    await using s = await startRawUpstream(
      (response, _request, index) =>
        void response.end(index === 0 ? `data: ${JSON.stringify({ detail })}\n\n` : say('Here.')),
    )
    assert.equal((await s.run()).run.status, 'completed')
    assert.equal(s.requests.length, 2)
  })
}
