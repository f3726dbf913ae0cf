import assert from 'node:assert/strict'
import { isOver, take, textOfDeltas } from '../../acceptance/reader.ts'
import { parseEvents, type SeenEvent } from '../../runs.ts'
import type { Client, Json } from './client.ts'
import { indexed } from './indexed.ts'
import { runPath } from './lead.ts'
import type { KnownRun, KnownStore, Ledger } from './ledger.ts'
import { answerTo, cell, tokenIn } from './model.ts'

/** The fields of an object that the server changes by itself. */
const changing = [
  'status',
  'file_counts',
  'usage_bytes',
  'last_active_at',
  'tool_resources',
  'last_error',
  'progress',
]
const lasting = (object: Json) =>
  Object.fromEntries(
    Object.entries(object).filter(
      ([field]) =>
        !changing.includes(field) &&
        // A file that is put into its store a second time is a new one there.
        !(object.object === 'vector_store.file' && field === 'created_at'),
    ),
  )

/** Checks that every acknowledged write is there, and that deleted objects are not. */
export async function* checkObjects(client: Client, { objects, deleted, contents }: Ledger) {
  for (const [path, object] of objects) {
    yield async () => {
      const { status, body } = await client.askUntilAnswered('GET', path)
      assert.equal(status, 200, `${path} was acknowledged and is gone: ${JSON.stringify(body)}`)
      assert.deepEqual(lasting(body), lasting(object), path)
    }
  }
  for (const path of deleted) {
    yield async () => {
      const { status } = await client.askUntilAnswered('GET', path)
      assert.equal(status, 404, `${path} was deleted, and is there`)
    }
  }
  for (const [id, text] of contents) {
    yield async () => {
      const content = await contentOf(client, id)
      assert.ok(content === text, `the content of ${id} is another one: ${content.slice(0, 200)}`)
    }
  }
}

export const contentOf = async (client: Client, fileId: string) =>
  (await client.open('GET', `/files/${fileId}/content`)).text()

/** Checks that the run has ended with one correct answer, and that its client saw what happened. */
export async function checkRun(client: Client, run: KnownRun): Promise<void> {
  const path = runPath(run)
  const replay: SeenEvent[] = []
  const stream = await (await client.open('GET', `${path}/stream`)).text()
  for (const event of parseEvents(stream)) if (event.event !== 'done') take(replay, event)
  if (run.seen) assert.deepEqual(run.seen, replay, `what the client of ${run.id} saw is not what happened`)
  const { body } = await client.askUntilAnswered('GET', path)
  assert.equal(replay.at(-1)?.event, `thread.run.${body.status}`, run.id)
  assert.equal(replay.filter(isOver).length, 1, `ends of ${run.id}`)
  const steps = await stepsOf(client, path)
  assert.ok(
    steps.every(({ status }) => status !== 'in_progress'),
    `${run.id} has ended, and a step of it has not`,
  )
  if (run.task === 'long' && body.status === 'cancelled') return
  assert.ok(!run.cancelled, `the acknowledged cancel of ${run.id} was forgotten: ${body.status}`)
  assert.equal(body.status, 'completed', `${run.id} (${run.task}): ${JSON.stringify(body.last_error)}`)
  await checkAnswer(client, run, { steps, replay })
}

async function checkAnswer(
  client: Client,
  { id, threadId, task, word, outputs }: KnownRun,
  { steps, replay }: { steps: Json[]; replay: SeenEvent[] },
): Promise<void> {
  const list = `/threads/${threadId}/messages?run_id=${id}&limit=100`
  const messages: Json[] = (await client.askUntilAnswered('GET', list)).body.data
  assert.equal(messages.length, 1, `${id} has ${messages.length} final answers: ${JSON.stringify(messages)}`)
  const [answer] = messages
  const text: string = answer.content[0].text.value
  assert.equal(textOfDeltas(replay, answer.id), text)
  const calls = callsIn(steps)
  const asked = await askedOf(client, threadId, answer.id)
  const told = [...asked.calls, ...calls].map(
    (one) => one.function?.output ?? one.code_interpreter?.outputs[0]?.logs ?? word ?? '',
  )
  if (task !== 'long')
    assert.equal(text.trim(), answerTo(asked.token, told).join('').trim(), `the answer of ${id}`)
  if (task === 'python')
    assert.match(told.join('\n'), new RegExp(cell(asked.token).prints), `what the cell of ${id} printed`)
  const given = new Map(calls.flatMap((one) => (one.function ? [[one.id, one.function.output]] : [])))
  for (const [call, output] of outputs)
    assert.equal(given.get(call), output, `an acknowledged output of ${id}`)
}

const callsIn = (steps: Json[]): Json[] =>
  steps.flatMap(({ status, step_details }) =>
    status === 'completed' && step_details.type === 'tool_calls' ? step_details.tool_calls : [],
  )

/**
 * What a run has answered: the token of the last message of the user before its answer, and the calls of earlier runs for that
 * message. A request that its client has given up may still be carried out later, so a message may come again behind the one
 * that its client wrote next, and there may be a run that its client does not know.
 */
async function askedOf(client: Client, threadId: string, answerId: string) {
  const list = `/threads/${threadId}/messages?order=asc&limit=100`
  const messages: Json[] = (await client.askUntilAnswered('GET', list)).body.data
  const before = messages.slice(
    0,
    messages.findIndex(({ id }) => id === answerId),
  )
  const at = before.findLastIndex(({ role }) => role === 'user')
  const calls: Json[] = []
  for (const { run_id } of before.slice(at + 1))
    calls.push(...callsIn(await stepsOf(client, runPath({ id: run_id, threadId }))))
  return { token: tokenIn(before[at]?.content[0].text.value ?? ''), calls }
}

const stepsOf = async (client: Client, path: string): Promise<Json[]> =>
  (await client.askUntilAnswered('GET', `${path}/steps?order=asc&limit=100`)).body.data

/** Checks that every file in a store is found exactly once by its word, and that removed files are not found. */
export async function checkStore(client: Client, { id, words, gone }: KnownStore): Promise<void> {
  const files = await indexed(client, id)
  for (const file of files) assert.ok(!('progress' in file), `${file.id} is settled: ${JSON.stringify(file)}`)
  for (const [fileId, word] of words) {
    const file = files.find((one) => one.id === fileId)
    assert.equal(file?.status, 'completed', `${fileId} in ${id}: ${JSON.stringify(file?.last_error ?? file)}`)
    assert.deepEqual(await filesWith(client, id, word), [fileId], `files of ${id} that have ${word}`)
  }
  for (const word of gone)
    assert.deepEqual(await filesWith(client, id, word), [], `files of ${id} with ${word}`)
}

async function filesWith(client: Client, storeId: string, word: string): Promise<string[]> {
  const path = `/vector_stores/${storeId}/search`
  const { status, body } = await client.askUntilAnswered('POST', path, { query: word, max_num_results: 50 })
  assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`)
  return body.data
    .filter(({ content }: Json) => JSON.stringify(content).includes(word))
    .map(({ file_id }: Json) => file_id)
}
