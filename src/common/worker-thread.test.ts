import assert from 'node:assert/strict'
import { test } from 'node:test'
import { moduleBeside, workerThread, type WorkerThreadOptions } from './worker-thread.ts'

/** Answers with the question, the id of the thread and its data. Some questions are commands. */
const program = `
import { parentPort, threadId, workerData } from 'node:worker_threads'
import { answerQuestions } from '${moduleBeside(import.meta.url, 'worker-thread').href}'
answerQuestions(parentPort, async (question) => {
  if (question === 'fail') throw new Error('that was too hard')
  if (question === 'die') process.exit(1)
  if (question === 'crash') await new Promise(() => setImmediate(() => { throw new Error('no memory') }))
  if (question === 'hang') await new Promise(() => setInterval(() => {}, 1_000))
  return { question, threadId, workerData, environment: Object.keys(process.env) }
})`

interface Answer {
  question: string
  threadId: number
  workerData: unknown
  environment: string[]
}

function start(options?: WorkerThreadOptions) {
  const thread = workerThread<unknown, Answer>(
    new URL(`data:text/javascript,${encodeURIComponent(program)}`),
    'clerk',
    options,
  )
  return { ...thread, [Symbol.asyncDispose]: () => thread.close() }
}

test('a thread answers each question with its own answer, and knows nothing but what it was given', async () => {
  await using thread = start({ workerData: { file: 'a.db' } })
  const answers = await Promise.all(['one', 'two', 'three'].map((question) => thread.ask(question)))
  assert.deepEqual(
    answers.map(({ question }) => question),
    ['one', 'two', 'three'],
  )
  assert.equal(new Set(answers.map(({ threadId }) => threadId)).size, 1)
  assert.deepEqual(answers[0]?.workerData, { file: 'a.db' })
  assert.deepEqual(answers[0]?.environment, [])
})

test('a question that the thread fails at rejects alone', async () => {
  await using thread = start()
  const [failed, answered] = await Promise.allSettled([thread.ask('fail'), thread.ask('next')])
  assert.match(String(failed.status === 'rejected' && failed.reason), /clerk: that was too hard/)
  assert.equal(answered.status, 'fulfilled')
})

for (const [order, message] of [
  ['die', /clerk: the thread ended/],
  ['crash', /clerk: no memory/],
] as const) {
  test(`a thread that is told to ${order} rejects all that wait for it, and the next question starts another`, async () => {
    await using thread = start()
    const first = await thread.ask('who')
    await Promise.all([
      assert.rejects(thread.ask(order), message),
      assert.rejects(thread.ask('after it'), message),
    ])
    assert.notEqual((await thread.ask('who')).threadId, first.threadId)
  })
}

test('an aborted question rejects with the reason of its signal, before it is asked and after', async () => {
  await using thread = start()
  const controller = new AbortController()
  const waiting = thread.ask('hang', { signal: controller.signal })
  controller.abort(new Error('nobody waits'))
  await assert.rejects(waiting, /^Error: nobody waits$/)
  await assert.rejects(thread.ask('who', { signal: controller.signal }), /^Error: nobody waits$/)
})

test('a thread without work ends, and an aborted question is no work', async () => {
  await using thread = start({ idleMs: 1 })
  const controller = new AbortController()
  // Longer than the timer of the thread, which was set earlier.
  const idle = () => new Promise((resolve) => setTimeout(resolve, 2))
  const first = await thread.ask('who')
  await idle()
  const second = await thread.ask('who')
  assert.notEqual(second.threadId, first.threadId)
  const waiting = thread.ask('hang', { signal: controller.signal })
  controller.abort()
  await assert.rejects(waiting, { name: 'AbortError' })
  await idle()
  // The thread that hangs would never answer this question.
  assert.notEqual((await thread.ask('who')).threadId, second.threadId)
})

test('a question that cannot be sent rejects, and the thread goes on', async () => {
  await using thread = start()
  await assert.rejects(
    thread.ask(() => 'a function'),
    { name: 'DataCloneError' },
  )
  assert.equal((await thread.ask('next')).question, 'next')
})

test('what waits for a thread that is closed rejects', async () => {
  await using thread = start()
  const waiting = assert.rejects(thread.ask('hang'), /clerk: the thread was closed/)
  await thread.close()
  await waiting
})
