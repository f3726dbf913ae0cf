import assert from 'node:assert/strict'
import { dice } from '../../acceptance/reader.ts'
import type { Database } from '../../../src/store/database.ts'
import { openPostgres } from '../../../src/store/postgres/postgres.ts'
import { until } from '../../runs.ts'
import { checkDatabase } from './database-checks.ts'
import { checkObjects, checkRun, checkStore, contentOf } from './checks.ts'
import { createClient, type Client } from './client.ts'
import { startCluster, type Cluster } from './cluster.ts'
import { toReplicas, toSharedParts, type Disturbance } from './disturbances.ts'
import { runPath } from './lead.ts'
import { newLedger, type Ledger } from './ledger.ts'
import { answersIn, checkConversation, checkResponse, endOfResponse } from './response-checks.ts'
import { startLoad, type Load } from './load.ts'
import { startModel } from './model.ts'

export interface ChaosOptions {
  /** Decides which disturbances happen. Their times depend on the machine. */
  seed: number
  /** The number of disturbances. */
  events: number
  /** Called with each event, while it happens. */
  tell?: (what: string) => void
}

export interface ChaosResult {
  /** How often each disturbance happened. */
  played: Map<string, number>
  /** What clients did and received. */
  figures: Record<string, number>
  /** Everything that went wrong. */
  faults: string[]
  /** The log of each replica. */
  logs: Map<string, string>
}

/** When no client receives anything for this time between disturbances, everything is stuck. In milliseconds. */
const stuckAfterMs = 60_000

const maxFaultLength = 2_000

/**
 * Runs three replicas on one PostgreSQL and one S3 server, with clocks a minute apart, under a load of all kinds,
 * during disturbances. There are two sequences of disturbances at the same time: one for the replicas, and one for what
 * they share. Afterwards everything is checked.
 */
export async function runChaos({ seed, events, tell = () => {} }: ChaosOptions): Promise<ChaosResult> {
  const random = dice(seed)
  const faults: string[] = []
  const fault = (what: string) => {
    // A difference between long texts would fill pages.
    faults.push(what.slice(0, maxFaultLength))
    tell(`FAULT ${faults.at(-1)}`)
  }
  await using model = await startModel(random)
  await using cluster = await startCluster(model.url, fault)
  tell('the replicas serve')
  const ledger = newLedger()
  const client = createClient(cluster.replicas, random)
  const load = await startLoad({ client, ledger, random, fault })
  const played = new Map<string, number>()
  let left = events
  const parts = { cluster, random, ledger, played, tell, more: () => left-- > 0 }
  await Promise.all(
    [toReplicas, toSharedParts].map((kinds) =>
      disturb(parts, kinds).catch((error) => fault(String((error as Error).stack))),
    ),
  )
  tell('the disturbances are over')
  await load.end()
  tell('the load is over')
  const untold = await checkAll(cluster, { ledger, load, client, fault })
  const { answers, unavailable, broken } = client.figures
  return {
    played,
    faults,
    logs: new Map(cluster.replicas.map((replica) => [replica.name, replica.log()])),
    figures: {
      answers,
      'answers of 503': unavailable,
      'broken connections': broken,
      'writes without an answer': ledger.unknown,
      'acknowledged objects': ledger.objects.size,
      'acknowledged deletions': ledger.deleted.size,
      runs: ledger.runs.size,
      responses: ledger.responses.size,
      'runs that no client was told of': untold,
      'vector stores': ledger.stores.length,
    },
  }
}

interface Parts {
  cluster: Cluster
  random: (n: number) => number
  ledger: Ledger
  played: Map<string, number>
  tell: (what: string) => void
  /** Whether there should be another disturbance. */
  more: () => boolean
}

/** Yields each kind equally often, in a random order. */
function* shuffled(kinds: Disturbance[], random: (n: number) => number): Generator<Disturbance, void> {
  for (let left: Disturbance[] = []; ;) {
    if (left.length === 0) left = [...kinds]
    yield* left.splice(random(left.length), 1)
  }
}

async function disturb(parts: Parts, kinds: Disturbance[]): Promise<void> {
  const { cluster, random, ledger, played, tell, more } = parts
  for (const one of shuffled(kinds, random)) {
    if (!more()) return
    const { name } = one
    const enough = ledger.heard + random(60)
    await until(async () => ledger.heard >= enough, stuckAfterMs)
    tell(name)
    await one.play(cluster, random)
    tell(`${name}: over`)
    played.set(name, (played.get(name) ?? 0) + 1)
  }
}

/** Resolves with the number of runs that no client knew. */
async function checkAll(
  { postgres }: Cluster,
  {
    ledger,
    load,
    client,
    fault,
  }: { ledger: Ledger; load: Load; client: Client; fault: (what: string) => void },
): Promise<number> {
  const check = async (look: () => Promise<void>) => {
    try {
      await look()
    } catch (error) {
      fault((error as Error).message)
    }
  }
  const db = openPostgres({
    url: postgres.url,
    schema: 'threadmill',
    poolSize: 2,
    statementTimeoutMs: 30_000,
  })
  const untold: Untold = { runs: 0, answers: [] }
  try {
    await endUntold(db, { ledger, load, client, check, untold })
    for (const { id, bytes } of await db.all<{ id: string; bytes: number }>(
      'select id, bytes from files where removed = 0',
    ))
      await check(async () => {
        const content = await contentOf(client, id)
        assert.equal(Buffer.byteLength(content), bytes, `the content of ${id}: ${content.slice(0, 200)}`)
      })
    for await (const look of checkObjects(client, ledger)) await check(look)
    for (const run of ledger.runs.values()) await check(() => checkRun(client, run))
    for (const response of ledger.responses.values()) await check(() => checkResponse(client, response))
    for (const conversation of ledger.conversations)
      await check(() =>
        checkConversation(
          client,
          conversation,
          untold.answers.flatMap(([id, answers]) => (id === conversation.id ? answers : [])),
        ),
      )
    for (const store of ledger.stores) await check(() => checkStore(client, store))
    await check(() => checkDatabase(db))
  } finally {
    await db.close()
  }
  return untold.runs
}

/** What requests have made whose answer was lost. */
interface Untold {
  runs: number
  answers: [conversationId: string, answers: string[]][]
}

/** Waits for the end of all that no client was told of. */
async function endUntold(
  db: Database,
  {
    ledger,
    load,
    client,
    check,
    untold,
  }: {
    ledger: Ledger
    load: Load
    client: Client
    check: (look: () => Promise<void>) => Promise<void>
    untold: Untold
  },
): Promise<void> {
  for (const { id, thread_id } of await db.all<{ id: string; thread_id: string }>(
    "select id, thread_id from runs where api = 'assistants'",
  )) {
    if (ledger.runs.has(id)) continue
    untold.runs++
    await check(async () => void (await load.leader.endOf(runPath({ id, threadId: thread_id }))))
  }
  for (const { id } of await db.all<{ id: string }>("select id from runs where api = 'responses'")) {
    if (ledger.responses.has(id)) continue
    untold.runs++
    await check(async () => {
      const response = await endOfResponse(client, id)
      if (response.conversation) untold.answers.push([response.conversation.id, answersIn(response)])
    })
  }
}
