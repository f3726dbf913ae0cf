import { count } from '../common/count.ts'
import { startPreparer } from '../search/preparer.ts'
import { chunksThatDiffer } from '../search/compare-segment.ts'
import { remakeSegment } from '../search/remake-segment.ts'
import { checkContents } from '../store/check/check-contents.ts'
import { checkIndex } from '../store/check/check-index.ts'
import { checkTables } from '../store/check/check-rows.ts'
import { checkSandboxes } from '../store/check/check-sandboxes.ts'
import { checkUsage } from '../store/check/check-usage.ts'
import { openCheck } from '../store/check/open-check.ts'
import type { Checked, Problem } from '../store/check/problem.ts'
import { describeTarget } from '../store/move/places.ts'
import { begin } from './begin.ts'
import type { CommandContext, Given } from './command.ts'
import { inColumns } from './finding.ts'
import type { Output } from './output.ts'

/** How many problems of a kind are named in words. All of them are in JSON. */
const shownProblems = 20

/** A problem as it is when the check ends. */
interface Outcome extends Pick<Problem, 'id' | 'problem'> {
  /** What was done about it. Null when nothing was, or nothing could be. */
  mended: string | null
  /** What a person can do. Null when it was mended. */
  advice: string | null
}

/** `threadmill check`: 0 when nothing is wrong at the end, and 1 when something is. */
export async function check(given: Given, { config, output, signal }: CommandContext): Promise<number> {
  const at = config()
  const repairs = given.flag('repair')
  await using parts = await begin(() => openCheck(at, { repairs }))
  const preparer = startPreparer()
  const remake = (segment: Parameters<typeof remakeSegment>[1]) =>
    remakeSegment({ db: parts.db, prepare: preparer.prepare }, segment, signal)
  const compareTexts = (segment: Parameters<typeof chunksThatDiffer>[1]) =>
    chunksThatDiffer({ db: parts.db, prepare: preparer.prepare }, segment, signal)
  const index = { remake, compareTexts, all: given.flag('texts') }
  const looks = [
    () => checkTables(parts, output.progress('tables read')),
    () => checkContents(parts, { read: given.flag('contents') }, output.progress('contents compared')),
    () => checkSandboxes(parts),
    () => checkIndex(parts, index, output.progress('segments read')),
    () => checkUsage(parts, output.progress('runs read')),
  ]
  const results: { what: string; seen: string; problems: Outcome[] }[] = []
  try {
    for (const look of looks) {
      const checked = await look()
      const problems: Outcome[] = []
      for (const problem of checked.problems) problems.push(await settle(problem, repairs))
      results.push({ ...checked, problems })
      if (!given.flag('json')) show({ ...checked, problems }, { repairs, output })
    }
  } finally {
    await preparer.close()
  }
  const left = results.flatMap(({ problems }) => problems).filter(({ mended }) => mended === null)
  const database = describeTarget(at.database ? { postgres: at.database } : { dataDir: at.dataDir })
  if (given.flag('json'))
    output.json({ ok: left.length === 0, database, files: parts.blobs.place, checks: results })
  return left.length === 0 ? 0 : 1
}

async function settle({ id, problem, mend, advice }: Problem, repairs: boolean): Promise<Outcome> {
  if (!repairs || !mend)
    return { id, problem, mended: null, advice: mend && !repairs ? 'run this with --repair' : advice }
  try {
    const mended = (await mend()) ?? null
    return { id, problem, mended, advice: mended === null ? advice : null }
  } catch (error) {
    return { id, problem, mended: null, advice: `mending it failed (${(error as Error).message}); ${advice}` }
  }
}

function show(
  { what, seen, problems }: Omit<Checked, 'problems'> & { problems: Outcome[] },
  { repairs, output }: { repairs: boolean; output: Output },
): void {
  const left = problems.filter(({ mended }) => mended === null)
  const lines = [seen]
  for (const { id, problem, mended, advice } of problems.slice(0, shownProblems))
    lines.push(`${id} ${problem}`, mended === null ? `  not mended: ${advice}` : `  mended: ${mended}`)
  if (problems.length > shownProblems)
    lines.push(`and ${count(problems.length - shownProblems, 'problem')} more, which --json names`)
  if (repairs && problems.length > 0)
    lines.push(`${problems.length - left.length} mended, ${left.length} not mended`)
  const verdict = left.length > 0 ? 'fail' : problems.length > 0 ? 'note' : 'ok'
  output.print(inColumns({ verdict, what, lines }, output.stdout))
}
