import type { Client } from './client.ts'
import type { KnownStore, Ledger } from './ledger.ts'
import { indexed } from './indexed.ts'
import { createLeader, type Leader } from './lead.ts'
import { sentence, taskText, type Task } from './model.ts'
import { createResponder } from './respond.ts'
import { createWrites, type Writes } from './writes.ts'

export interface Load {
  leader: Leader
  /** Finishes everything that has begun, and begins nothing new. */
  end(): Promise<void>
}

interface Parts {
  client: Client
  ledger: Ledger
  random: (n: number) => number
  fault: (what: string) => void
}

const look = {
  type: 'function',
  function: { name: 'look', parameters: { type: 'object', properties: { token: {}, n: {} } } },
}

/** Starts clients that work until `end`. Each begins something new when it has finished. */
export async function startLoad({ client, ledger, random, fault }: Parts): Promise<Load> {
  const leader = createLeader(client, ledger)
  const writes = createWrites(client, ledger, (threadId) => leader.settle(threadId))
  const parts: Work = { client, ledger, random, leader, writes, newToken: tokens() }
  const ofTask: Record<string, string> = {}
  for (const [task, tools] of Object.entries({
    talk: [],
    function: [look],
    python: [{ type: 'code_interpreter' }],
    search: [{ type: 'file_search' }],
  }))
    ofTask[task] = (await writes.create('/assistants', { model: 'fake', tools })).id
  const assistantOf = (task: Task) => ofTask[task] ?? ofTask['talk'] ?? ''
  const talk = (task: Task, streams: () => boolean) => () =>
    converse({ ...parts, assistantOf, streams }, task)
  const now = () => random(2) === 0

  const clients: [string, () => Promise<void>][] = [
    ['streamed runs', talk('talk', () => true)],
    ['polled runs', talk('talk', () => false)],
    ['functions', talk('function', now)],
    ['Python', talk('python', now)],
    ['file search', talk('search', now)],
    ['cancels', talk('long', () => true)],
    ['responses', () => respond(parts, random(2) === 0 ? 'talk' : 'function')],
    ['cancelled responses', () => respond(parts, 'long')],
    ['vector stores', () => fillStore(parts)],
    ['messages', () => writeMessages(parts)],
  ]
  let going = true
  const loops = clients.map(async ([name, work]) => {
    while (going) {
      try {
        await work()
      } catch (error) {
        fault(`${name}: ${(error as Error).stack}`)
        return
      }
    }
  })
  return {
    leader,
    async end() {
      going = false
      await Promise.all(loops)
    },
  }
}

/** Makes words that occur nowhere else. */
function tokens(): () => string {
  let count = 0
  return () => `q${(count++).toString(36).padStart(4, 'x')}z`
}

interface Work extends Omit<Parts, 'fault'> {
  leader: Leader
  writes: Writes
  newToken: () => string
}

/** Makes a thread with two runs, one after the other. */
async function converse(
  {
    leader,
    writes,
    newToken,
    assistantOf,
    streams,
  }: Work & { assistantOf: (task: Task) => string; streams: () => boolean },
  task: Task,
): Promise<void> {
  const word = task === 'search' ? newToken() : undefined
  const thread = await writes.create('/threads', {
    metadata: { of: task },
    ...(word !== undefined && { tool_resources: await storeWith(writes, word) }),
  })
  for (let turn = 0; turn < 2; turn++) {
    const token = newToken()
    const content = taskText(task, token)
    await writes.create(`/threads/${thread.id}/messages`, { role: 'user', content })
    let deltas = 0
    let cancelling = Promise.resolve()
    const seen = streams() ? [] : undefined
    const run = { threadId: thread.id, task, token, seen, word, outputs: new Map(), cancelled: false }
    await leader.run(run, assistantOf(task), (known) => {
      if (task === 'long' && ++deltas === 20) cancelling = leader.cancel(known)
    })
    await cancelling
  }
}

/** Makes two responses, one after the other: in a conversation, or by the id of the one before. */
async function respond({ client, ledger, writes, newToken, random }: Work, task: Task): Promise<void> {
  const responder = createResponder(client, ledger)
  const known =
    random(2) === 0 ? { id: (await writes.create('/conversations', {})).id, answers: [] } : undefined
  if (known) ledger.conversations.push(known)
  let previous: string | undefined
  for (let turn = 0; turn < 2; turn++) {
    const origin = known
      ? { conversation: known.id }
      : previous !== undefined && { previous_response_id: previous }
    previous = await responder.converse(task, newToken(), origin || {}, known)
  }
}

/** Makes a vector store with one file. */
async function storeWith(writes: Writes, word: string): Promise<object> {
  const file = await writes.keepFile(`${word}.txt`, sentence(word))
  const store = await writes.create('/vector_stores', { file_ids: [file] })
  return { file_search: { vector_store_ids: [store.id] } }
}

/** Makes a vector store. Some files are added when it is made, others afterwards, and one of them is removed. */
async function fillStore({ client, writes, ledger, newToken, random }: Work): Promise<void> {
  const words = new Map<string, string>()
  const newFile = async () => {
    const word = newToken()
    const text = `${sentence(word)} ${'Nothing else is said of it. '.repeat(1 + random(400))}`
    const id = await writes.keepFile(`${word}.txt`, text)
    words.set(id, word)
    return id
  }
  const file_ids = [await newFile(), await newFile()]
  const store: KnownStore = { id: (await writes.create('/vector_stores', { file_ids })).id, words, gone: [] }
  ledger.stores.push(store)
  for (let count = 0; count < 2; count++)
    await writes.create(`/vector_stores/${store.id}/files`, { file_id: await newFile() })
  await indexed(client, store.id)
  const [gone = ''] = file_ids
  await writes.remove(`/vector_stores/${store.id}/files/${gone}`)
  store.gone.push(words.get(gone) ?? '')
  words.delete(gone)
  // The content of this file is stored in several parts.
  if (random(8) === 0) await writes.keepFile('large.txt', newToken().repeat(3_000_000))
}

async function writeMessages({ writes, newToken }: Work): Promise<void> {
  const thread = await writes.create('/threads', {})
  for (let count = 0; count < 6; count++)
    await writes.create(`/threads/${thread.id}/messages`, { role: 'user', content: `Message ${newToken()}` })
  const gone = await writes.create(`/threads/${thread.id}/messages`, {
    role: 'user',
    content: 'Not for long',
  })
  await writes.remove(`/threads/${thread.id}/messages/${gone.id}`)
}
