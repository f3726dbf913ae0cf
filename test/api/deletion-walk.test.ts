import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { createLostSandboxSearch } from '../../src/store/chores/lost-sandboxes.ts'
import { openDatabaseOf } from '../database.ts'
import {
  answersTo,
  begin,
  createWalk,
  createWorld,
  endStreams,
  outcomeOf,
  readAll,
  type Walk,
  type World,
} from '../deletions.ts'
import { until } from '../runs.ts'
import { threadmill } from '../transfer.ts'

let walk: Walk
before(async () => (walk = await createWalk()))
after(() => walk[Symbol.asyncDispose]())

/** The path of what is deleted, for each thing and each door. */
const victims: Record<string, (world: World) => string> = {
  'the first response of a chain': ({ first }) => `/responses/${first}`,
  'the response in the middle of a chain': ({ middle }) => `/responses/${middle}`,
  'the last response of a chain': ({ last }) => `/responses/${last}`,
  'a fork of a chain': ({ fork }) => `/responses/${fork}`,
  'an older response of a conversation': ({ said }) => `/responses/${said}`,
  'a conversation': ({ conversation }) => `/conversations/${conversation}`,
  'a thread': ({ thread }) => `/threads/${thread}`,
  'an item of a conversation': ({ conversation, item }) => `/conversations/${conversation}/items/${item}`,
  'a message of a thread': ({ thread, item }) => `/threads/${thread}/messages/${item}`,
  'a file that messages, a container and a store have': ({ file }) => `/files/${file}`,
  'a file of a vector store': ({ store, file }) => `/vector_stores/${store}/files/${file}`,
  'a file of a container': ({ container, placed }) => `/containers/${container}/files/${placed}`,
  'a container': ({ container }) => `/containers/${container}`,
  'a vector store': ({ store }) => `/vector_stores/${store}`,
  'an assistant that a prompt names': ({ assistant }) => `/assistants/${assistant}`,
}

const states = [
  'completed',
  'queued',
  'in progress',
  'waiting for a function',
  'waiting for an approval',
  'copied',
] as const

const toldOf: Record<(typeof states)[number], string> = {
  completed: 'Go on',
  queued: 'wait',
  'in progress': 'wait',
  'waiting for a function': 'call',
  'waiting for an approval': 'roll',
  copied: 'Go on',
}

/** Whether a response or a run is under way in the conversation. A run has nothing to do with a chain. */
function doorsOf(state: (typeof states)[number], what: string): ('response' | 'run')[] {
  const isOfChain = what.endsWith(' chain')
  switch (state) {
    case 'completed':
      return isOfChain ? ['response'] : ['run']
    case 'copied':
      return isOfChain ? [] : ['response']
    case 'queued':
    case 'waiting for an approval':
      return ['response']
    default:
      return isOfChain ? ['response'] : ['response', 'run']
  }
}

/** What the paths of a thread are as those of its conversation, and the other way round. */
const bothDoors = (path: string): string[] => {
  const item = /^\/(?:conversations|threads)\/(?:conv|thread)_([^/]+)(?:\/(?:items|messages)(\/.*))?$/.exec(
    path,
  )
  if (!item) return [path]
  const [, id, rest] = item
  return rest === undefined
    ? [`/conversations/conv_${id}`, `/threads/thread_${id}`]
    : [`/conversations/conv_${id}/items${rest}`, `/threads/thread_${id}/messages${rest}`]
}

/** What is not deleted while it is being made, or while something is added to it. */
const refusals: Record<string, { code: string; also?: (typeof states)[number]; by?: Case['by'] }> = {
  'the last response of a chain': { code: 'Cannot delete an in-flight response' },
  'a message of a thread': { code: "Can't delete messages of", by: 'response' },
  'an item of a conversation': { code: 'conversation_locked', also: 'waiting for a function' },
}

interface Case {
  what: string
  by: 'response' | 'run'
  world: World
  path: string
  /** Whether it was deleted, or refused with what was recorded. */
  isDeleted: boolean
}

async function afterwards({ what, by, world, path, isDeleted }: Case): Promise<void> {
  const says = `${what}, ${by}`
  const gone = new Set(isDeleted ? bothDoors(path) : [])
  await endStreams(world)
  const [last, inside] = [
    await outcomeOf(walk, world, world.last),
    await outcomeOf(walk, world, world.inside),
  ]
  if (inside.status === 'requires_action') {
    const calls = inside.json.required_action.submit_tool_outputs.tool_calls as { id: string }[]
    const tool_outputs = calls.map(({ id }) => ({ tool_call_id: id, output: 'seen' }))
    const run = `/threads/${world.thread}/runs/${world.inside}`
    const { status, text } = await walk.ask('POST', `${run}/submit_tool_outputs`, { tool_outputs })
    assert.equal(status, 200, `${says}: ${text}`)
    assert.equal((await outcomeOf(walk, world, world.inside)).status, 'completed', says)
  }
  const goOn = (more: object) => walk.ask('POST', '/responses', { model: 'm', tools: walk.tools, ...more })
  const input = (output: object[]) => [...answersTo(output), { role: 'user', content: 'Next' }]
  const next = await goOn({ previous_response_id: world.last, input: input(last.output) })
  if (gone.has(`/responses/${world.last}`))
    assert.equal(next.json.error.code, 'previous_response_not_found', says)
  else assert.equal(next.json.status, 'completed', `${says}: the chain goes on: ${next.text}`)
  const forked = await goOn({ previous_response_id: world.fork, input: 'Next' })
  if (gone.has(`/responses/${world.fork}`))
    assert.equal(forked.json.error.code, 'previous_response_not_found', says)
  else assert.equal(forked.json.status, 'completed', `${says}: ${forked.text}`)
  const isThere = !gone.has(`/threads/${world.thread}`)
  const said = await goOn({ conversation: world.conversation, input: input(inside.output) })
  if (isThere) assert.equal(said.json.status, 'completed', `${says}: the conversation goes on: ${said.text}`)
  else assert.deepEqual([said.status, said.json.error.type], [404, 'invalid_request_error'], says)
  const run = await walk.ask('POST', `/threads/${world.thread}/runs`, { assistant_id: world.assistant })
  if (isThere && !gone.has(`/assistants/${world.assistant}`)) {
    assert.equal(run.status, 200, `${says}: ${run.text}`)
    assert.equal((await outcomeOf(walk, world, run.json.id)).status, 'completed', says)
  } else assert.equal(run.status, 404, `${says}: ${run.text}`)
  await readAll(walk, world, gone)
}

suite('whatever is deleted, the rest can be read and goes on', () => {
  for (const state of states)
    test(state, async (t) => {
      t.after(() => walk.goOn())
      walk.hold()
      const cases: Case[] = await Promise.all(
        Object.entries(victims).flatMap(([what, pathOf]) =>
          doorsOf(state, what).map(async (by) => {
            const world = await createWorld(walk)
            return { what, by, world, path: pathOf(world), isDeleted: false }
          }),
        ),
      )
      if (state === 'queued') await walk.queueAll()
      const beginOne = async (one: Case) => {
        await begin(walk, one.world, toldOf[state], one.by)
        one.path = victims[one.what]?.(one.world) ?? ''
        if (state === 'copied') {
          const { json } = await walk.ask('POST', `/threads/${one.world.thread}/copy`, {})
          one.world.copy = json.id
        }
      }
      await Promise.all(cases.map(beginOne))
      const isUnderWay = state === 'queued' || state === 'in progress'
      for (const one of cases) {
        const answer = await walk.ask('DELETE', one.path)
        const says = `${one.what}, ${one.by}: ${answer.text}`
        assert.ok(answer.status === 200 || answer.status === 400, says)
        one.isDeleted = answer.status === 200
        const refusal = refusals[one.what]
        const isRefused =
          refusal !== undefined &&
          ((isUnderWay && one.by === (refusal.by ?? one.by)) || (one.by === 'run' && state === refusal.also))
        assert.equal(answer.text.includes(refusal?.code ?? 'refused'), isRefused, says)
        assert.equal(one.isDeleted, !isRefused, says)
        if (one.isDeleted)
          assert.equal((await walk.ask('DELETE', one.path)).status, 404, 'it is deleted once')
      }
      await walk.goOn()
      await Promise.all(cases.map(afterwards))
      assert.deepEqual(walk.errors, [])
    })
})

/** Rows whose parent is gone, for each table and what it belongs to. */
const orphans: Record<string, string> = {
  items: 'run not in (select seq from runs)',
  run_log: 'run not in (select seq from runs)',
  run_steps: 'run_id not in (select id from runs)',
  run_metadata: 'run not in (select seq from runs)',
  waiting_runs: 'true',
  messages: 'thread_id not in (select id from threads)',
  conversation_items: 'thread_id not in (select id from threads)',
  thread_metadata: 'thread_id not in (select id from threads)',
  usage_threads: 'thread_id not in (select id from threads)',
  threads: 'removed = 1',
  runs: `(thread_id is not null and thread_id not in (select id from threads))
    or (previous is not null and previous not in (select id from runs)) or finished_at is null`,
  sandbox_files: `thread_id not in (select id from threads) and thread_id not in (select sandbox from containers)
    or file_id not in (select id from files)`,
  sandbox_outputs: `thread_id not in (select id from threads) and thread_id not in (select sandbox from containers)
    or file_id not in (select id from files)`,
  containers: "sandbox like 'thread%' and sandbox not in (select id from threads)",
  files: `removed = 1 or purpose = 'container' and id not in (select file_id from sandbox_outputs)`,
  vector_stores: 'removed = 1',
  vector_store_files: "status = 'removed' or vector_store_id not in (select id from vector_stores)",
  chunks: 'vector_store_id not in (select id from vector_stores)',
  run_requests: 'number not in (select request_number from runs where request_number is not null)',
}

test('and nothing is left of it', async () => {
  const db = await openDatabaseOf(walk.dataDir)
  try {
    // Servers look for this once an hour.
    await createLostSandboxSearch(db)()
    for (const [table, where] of Object.entries(orphans)) {
      let left: unknown[] = []
      const isEmpty = async () =>
        (left = await db.all(`select * from ${table} where ${where} limit 3`)).length === 0
      await until(isEmpty).catch(() => assert.deepEqual(left, [], `${table} where ${where}`))
    }
  } finally {
    await db.close()
  }
  const { code, out } = await threadmill(walk.dataDir, ['check', '--contents', '--texts'])
  assert.equal(code, 0, out)
})
