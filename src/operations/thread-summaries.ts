import type { ThreadSummary } from '../contract/threads.ts'
import { toStatus } from '../contract/runs.ts'
import type { Reader } from '../store/database.ts'
import { bodyOf, openingTexts } from '../store/message-texts.ts'
import { figuresOfThreads, lastRuns, type LastRun, type ThreadFigures } from '../store/thread-summaries.ts'
import { takeTurns } from '../common/take-turns.ts'
import { textsOf } from './find-threads.ts'
import { oneLine } from './match-words.ts'

const maxTitle = 120
/** A thread in which none of the first messages is the user's has no title. */
const opening = 10

/** What a list of threads shows of each one, by its id. */
export async function summariesOf(
  db: Reader,
  project: string,
  ids: string[],
): Promise<Map<string, ThreadSummary>> {
  const [figures, titles] = await Promise.all([figuresOfThreads(db, ids), titlesOf(db, project, ids)])
  const runs = await lastRuns(
    db,
    figures.flatMap(({ last_run }) => last_run ?? []),
  )
  const runByNumber = new Map(runs.map((run) => [run.seq, run]))
  return new Map(
    figures.map((one) => [
      one.id,
      {
        title: titles.get(one.id) ?? null,
        messages: one.messages,
        last_message_at: timeOf(one),
        last_run: showRun(runByNumber.get(one.last_run ?? 0)),
      },
    ]),
  )
}

/** The time is the first field of a message. */
function timeOf({ newest }: ThreadFigures): number | null {
  const time = newest === null ? undefined : /"created_at":(\d+)/.exec(newest)?.[1]
  return time === undefined ? null : Number(time)
}

function showRun(run: LastRun | undefined): ThreadSummary['last_run'] {
  if (!run) return null
  const { id, assistant_id, model, created_at } = run
  return { id, status: toStatus(run), assistant_id, model, created_at }
}

async function titlesOf(db: Reader, project: string, ids: string[]): Promise<Map<string, string>> {
  const turn = takeTurns()
  const titles = new Map<string, string>()
  await Promise.all(
    ids.map(async (id) => {
      const title = await titleOf(db, project, id, turn)
      if (title !== undefined) titles.set(id, title)
    }),
  )
  return titles
}

async function titleOf(
  db: Reader,
  project: string,
  threadId: string,
  turn: () => Promise<void>,
): Promise<string | undefined> {
  // Most threads begin with a message of the user, so that one is read alone.
  for (const limit of [1, opening]) {
    const rows = await openingTexts(db, project, threadId, limit)
    for (const row of limit === 1 ? rows : rows.slice(1)) {
      const body = await bodyOf(db, row)
      await turn()
      const text = body?.role === 'user' ? textsOf(body).find((one) => one.trim() !== '') : undefined
      if (text !== undefined) return oneLine(text, maxTitle)
    }
    if (rows.length < limit) return undefined
  }
  return undefined
}
