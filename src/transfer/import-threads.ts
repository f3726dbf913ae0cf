import type { MessageRecord } from '../contract/messages.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { RunStepRecord } from '../contract/run-steps.ts'
import type { ThreadRecord } from '../contract/threads.ts'
import { sortMessages } from '../store/message-order.ts'
import { insertMessage, newestMessages } from '../store/messages.ts'
import { insertEndedRun } from '../store/insert-runs.ts'
import { activeRun, runById } from '../store/runs.ts'
import { insertStep } from '../store/run-steps.ts'
import { stateOfId } from '../store/taken-ids.ts'
import { insertThread } from '../store/threads.ts'
import { batches, importKind, insertFree, settle, type ImportedKind, type Importing } from './import-kind.ts'
import { filesNamedBy, importedMessage } from './imported-messages.ts'
import { importedThread } from './imported-objects.ts'
import { runParser, stepParser } from './imported-runs.ts'
import type { WireObject } from './read-objects.ts'
import { namedResources } from './resources.ts'

const project = 'default'

/** Imports threads, and then the objects in each of them. */
export async function importThreads(importing: Importing): Promise<void> {
  const { staged, now } = importing
  const threads: ImportedKind<Omit<ThreadRecord, 'seq'>> = {
    kind: 'thread',
    table: 'threads',
    parse: importedThread,
    // The insert also applies the retention time for idle threads, if one is configured.
    insert: (tx, thread) => insertThread(tx, thread, now),
    names: ({ body }) => namedResources(body.tool_resources),
  }
  await importKind(importing, threads)
  const [runs, steps] = [runsOf(importing), stepsOf(importing)]
  for (const id of staged.owners('thread.message', 'thread.run')) {
    if (!(await openThread(importing, id))) continue
    await importKind(importing, runs, id)
    await importMessages(importing, id)
  }
  const { db } = importing
  for (const id of staged.owners('thread.run.step')) {
    const there = (await runById(db, project, id)) ?? (importing.dryRun && staged.has('thread.run', id))
    if (there) await importKind(importing, steps, id)
    else leaveOut(importing, 'thread.run.step', id, 'its run is not here')
  }
}

const runsOf = ({ now, ownTools }: Importing): ImportedKind<RunRecord> => ({
  kind: 'thread.run',
  table: 'runs',
  parse: runParser(ownTools),
  insert: (tx, run) => insertEndedRun(tx, run, now),
})

const stepsOf = ({ ownTools }: Importing): ImportedKind<Omit<RunStepRecord, 'seq'>> => ({
  kind: 'thread.run.step',
  table: 'run_steps',
  parse: stepParser(ownTools),
  insert: (tx, step) => insertStep(tx, step),
})

const messages: ImportedKind<Omit<MessageRecord, 'seq'>> = {
  kind: 'thread.message',
  table: 'messages',
  parse: importedMessage,
  insert: (tx, message) => insertMessage(tx, message),
  names: filesNamedBy,
}

/**
 * Whether objects can be imported into this thread. A missing thread is created, because many people have only the
 * messages of their threads: the original API could not list threads.
 */
async function openThread(importing: Importing, id: string): Promise<boolean> {
  const { db, staged, book, dryRun, now } = importing
  const state = await stateOfId(db, 'threads', id)
  if (state === 'taken' || (dryRun && state === 'free' && staged.has('thread', id))) return true
  if (state === 'deleted') {
    for (const kind of ['thread.message', 'thread.run'] as const)
      for (const _body of staged.read(kind, id)) book.count(kind, 'deleted')
    return false
  }
  const [first] = [...firstOf(staged.read('thread.message', id)), ...firstOf(staged.read('thread.run', id))]
  const created_at = Number(first?.['created_at']) || now
  let thread
  try {
    thread = importedThread({ id, object: 'thread', created_at })
  } catch {
    for (const kind of ['thread.message', 'thread.run'] as const)
      leaveOut(importing, kind, id, 'it names no thread of the API')
    return false
  }
  if (!dryRun) await db.write((tx) => insertThread(tx, thread, now), 'committed')
  book.report.threads_made++
  return true
}

function* firstOf(bodies: Iterable<string>): Generator<WireObject, void> {
  for (const body of bodies) {
    yield JSON.parse(body) as WireObject
    return
  }
}

function leaveOut(
  { staged, book }: Importing,
  kind: 'thread.message' | 'thread.run' | 'thread.run.step',
  owner: string,
  reason: string,
): void {
  for (const body of staged.read(kind, owner))
    book.notTaken(kind, (JSON.parse(body) as WireObject).id, reason)
}

/**
 * Imports the messages of a thread in their order. As with any client, no message is added while a run is active. Where
 * messages are older than existing ones, all are put in order in the same transaction.
 */
async function importMessages(importing: Importing, threadId: string): Promise<void> {
  const { db, dryRun } = importing
  const first = await firstNew(importing, threadId)
  if (first === undefined) return importKind(importing, messages, threadId)
  if (await activeRun(db, threadId)) {
    const reason = 'a run of its thread is active: import it again later'
    return leaveOut(importing, 'thread.message', threadId, reason)
  }
  const [newest] = await newestMessages(db, project, threadId, Number.MAX_SAFE_INTEGER, 1)
  if (dryRun || !newest || first >= newest.body.created_at) return importKind(importing, messages, threadId)
  // Before the transaction, which may be begun again: each message is counted once.
  const rows = [...batches(importing, messages, threadId)].flat()
  const states = await db.write(async (tx) => {
    const found = await insertFree(tx, messages, rows)
    await sortMessages(tx, project, threadId)
    return found
  })
  for (const [index, row] of rows.entries()) settle(importing, messages, row, states[index] ?? 'taken')
}

/** The time of the oldest message that does not exist yet. */
async function firstNew({ db, staged }: Importing, threadId: string): Promise<number | undefined> {
  for (const body of staged.read('thread.message', threadId)) {
    const message = JSON.parse(body) as { id: string; created_at: unknown }
    if ((await stateOfId(db, 'messages', message.id)) === 'free') return Number(message.created_at)
  }
  return undefined
}
