import { nowSeconds } from '../common/clock.ts'
import type { StoredRun } from '../contract/runs.ts'
import type { Queue } from '../common/turns.ts'
import type { Reader, Transaction } from './database.ts'
import type { Lease, MayTake } from './leases.ts'
import { laneOfRun, partsOfLane, type RunLane } from './run-lane.ts'
import type { Limits } from './usage/limits.ts'
import type { RunLog } from './run-log.ts'
import { runsThatMayBegin } from './run-places.ts'
import { storedRunById, writeRun } from './runs.ts'

const waiting = "lease_owner is null and losses = 0 and status in ('queued', 'in_progress', 'cancelling')"
const suspected = 'lease_owner is null and losses > 0'

/** Whether any run has no worker. Each half of the question uses an index that contains only such runs. */
export const anyRunWaits = async (db: Reader): Promise<boolean> =>
  (await db.get(
    `select 1 where exists (select 1 from runs where ${waiting}) or exists (select 1 from runs where ${suspected})`,
  )) !== undefined

/** Runs that wait for a worker, by their lanes. The oldest run of each lane comes first. */
export const waitingRuns = (
  tx: Transaction,
  log: RunLog,
  lease: Lease,
  limits: Limits,
): Queue<StoredRun> => ({
  async laneAfter(lane) {
    const { provider, project } = partsOfLane(lane)
    const next =
      (await tx.get<RunLane>(
        `select provider, project from runs where ${waiting} and (provider, project) > (?, ?)
         order by provider, project limit 1`,
        provider,
        project,
      )) ??
      (await tx.get<RunLane>(
        `select provider, project from runs where ${waiting} order by provider, project limit 1`,
      ))
    return next && laneOfRun(next)
  },
  async take(lane) {
    const { provider, project } = partsOfLane(lane)
    const may = await runsThatMayBegin(tx, limits, project)
    if (!may) return 'full'
    const first = await tx.claim<Found>(
      `select id, project from runs where ${waiting} and provider = ? and project = ?${may.sql} order by seq limit 1`,
      provider,
      project,
      ...may.values,
    )
    if (!first) return may.sql === '' ? undefined : 'full'
    return claimRun(tx, log, first, lease)
  },
})

interface Found {
  id: string
  project: string
}

/** Claims a run that was lost with its server, the one with the least blame first. */
export async function takeLostRun(
  tx: Transaction,
  log: RunLog,
  lease: Lease,
  { mayHave, notBlamed }: MayTake,
  limits: Limits,
): Promise<StoredRun | undefined> {
  const lost = await tx.all<{ id: string } & RunLane>(
    `select id, provider, project from runs where ${suspected} and blamed <> ?
     order by blamed, seq`,
    notBlamed,
  )
  for (const { id, ...lane } of lost) {
    if (!mayHave(laneOfRun(lane))) continue
    const may = await runsThatMayBegin(tx, limits, lane.project)
    if (!may) continue
    const next = await tx.claim<Found>(
      `select id, project from runs where id = ? and ${suspected}${may.sql}`,
      id,
      ...may.values,
    )
    if (!next) continue
    await tx.run('update runs set on_trial = 1 where id = ?', id)
    return claimRun(tx, log, next, lease)
  }
  return undefined
}

async function claimRun(
  tx: Transaction,
  log: RunLog,
  { id, project }: Found,
  lease: Lease,
): Promise<StoredRun | undefined> {
  const run = await storedRunById(tx, project, id)
  if (!run) return undefined
  const begins = run.status === 'queued'
  return writeRun(tx, log, run, {
    lease,
    ...(begins && { moves: ['in_progress'], state: { started_at: nowSeconds() } }),
  })
}

/**
 * Prepares a run so that somebody who is not its worker can end it. When a worker was lost, deltas that it had shown
 * may not be on disk, so the end must belong to another attempt.
 */
export const takeOver = async <Run extends StoredRun>(tx: Transaction, log: RunLog, run: Run): Promise<Run> =>
  run.status === 'in_progress' || run.status === 'cancelling'
    ? writeRun(tx, log, run, { lease: { owner: 'nobody', until: 0 } })
    : run
