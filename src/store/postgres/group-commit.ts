import { LRUCache } from 'lru-cache'
import type { PoolClient } from 'pg'
import { sendBatch, type Outcome, type Statement } from './batch.ts'
import { endsSession, hasTimedOut, isOutdatedPlan } from './errors.ts'
import { part, settleWhole, type Whole } from './sent.ts'

/** How many groups are under way at once. The server executes one while another waits for its disk. */
const maxGroups = 4
/** After so many milliseconds a group counts no more, and another begins: those behind it wait no longer than that. */
const groupPatienceMs = 20
/**
 * How long a statement of a group may wait for a lock, and how long it may take in all, in milliseconds. PostgreSQL tells of
 * whichever ends first: were they equal, each that waits for a lock would be taken for a slow one.
 */
const groupTimeouts: Settings = { lock_timeout: '50', statement_timeout: '100' }
/** Statements that took longer stay out of groups for a minute. */
const slowOnes = { max: 1_000, ttl: 60_000 }
/** How many transactions, and how many characters of values, are in one group at most. One alone may have more. */
const maxSize = { members: 16, characters: 200_000 }

/** Settings for the length of a transaction, by their names in PostgreSQL. */
export type Settings = Record<string, string>

export interface Groups {
  add(whole: Whole): void
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

/**
 * Sends transactions that arrive while others are under way as one: one packet, one session of the server, one wait for its
 * disk. Where one of them fails, or waits too long for a lock, the server has undone all of them, and each is sent
 * again by itself. So none is answered by what another in its group has done and was undone. A transaction that comes
 * alone is sent alone.
 */
export function createGroups({
  connect,
  settings = {},
  prepare,
  connections,
}: {
  connect: () => Promise<PoolClient>
  /** How many there are at most. Groups that wait for one could still become larger. */
  connections: number
  settings?: Settings
  prepare: (text: string) => Statement
}): Groups {
  const prepared = (during: Settings) => settingStatements(during).map(prepare)
  const first = { alone: prepared(settings), together: prepared({ ...settings, ...groupTimeouts }) }
  const queue: Whole[] = []
  const slow = new LRUCache<string, true>(slowOnes)
  const underWay = new Set<Promise<void>>()
  let groups = 0
  let planned = false

  function add(whole: Whole): void {
    if (whole.statements.length === 0) return settleWhole(whole, { answers: [] })
    if (whole.statements.some(({ text }) => slow.has(text))) return track(alone(whole))
    queue.push(whole)
    if (planned) return
    planned = true
    // What else arrives in this turn of the event loop comes along.
    setImmediate(() => {
      planned = false
      begin()
    })
  }

  function begin(): void {
    while (queue.length > 0 && groups < Math.min(maxGroups, connections)) {
      groups++
      let counts = true
      const over = () => {
        if (counts) groups--
        counts = false
        begin()
      }
      const timer = setTimeout(over, groupPatienceMs)
      const group = takeGroup(queue)
      const sent = group.length === 1 ? alone(group[0] as Whole) : together(group)
      track(
        sent.finally(() => {
          clearTimeout(timer)
          over()
        }),
      )
    }
  }

  function track(work: Promise<void>): void {
    underWay.add(work)
    void work.finally(() => underWay.delete(work))
  }

  async function together(group: Whole[]): Promise<void> {
    const statements = group.flatMap((whole) => whole.statements)
    const outcome = await send(first.together, statements)
    const { answers, error, undone } = outcome
    if (undone && !endsSession(error)) {
      const failed = statements[answers.length]
      if (hasTimedOut(error) && failed) slow.set(failed.text, true)
      await Promise.all(group.map(alone))
      return
    }
    let from = 0
    for (const whole of group) {
      settleWhole(whole, part(outcome, from, whole.statements.length))
      from += whole.statements.length
    }
  }

  async function alone(whole: Whole): Promise<void> {
    settleWhole(whole, await send(first.alone, whole.statements))
  }

  async function send(before: Statement[], statements: Statement[]): Promise<Outcome> {
    let client
    try {
      client = await connect()
    } catch (error) {
      return { answers: [], error, undone: true }
    }
    const outcome = await sendBatch(client, [...before, ...statements])
    const { error } = outcome
    client.release(endsSession(error) || isOutdatedPlan(error))
    return { ...outcome, answers: outcome.answers.slice(before.length) }
  }

  return {
    add,
    async idle() {
      do {
        // What was asked for in this turn has not come here yet.
        await new Promise((turn) => setImmediate(turn))
        await Promise.all(underWay)
      } while (queue.length > 0 || underWay.size > 0)
    },
  }
}

/** Takes the first ones, and at least one. */
function takeGroup(queue: Whole[]): Whole[] {
  let characters = 0
  let count = 0
  for (const { statements } of queue.slice(0, maxSize.members)) {
    for (const { values } of statements) for (const value of values) characters += value?.length ?? 0
    if (count > 0 && characters > maxSize.characters) break
    count++
  }
  return queue.splice(0, count)
}

/** What makes these settings until the end of the transaction: one statement, or none. */
export function settingStatements(settings: Settings): string[] {
  const set = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', true)`)
  return set.length > 0 ? [`select ${set.join(', ')}`] : []
}
