import type { Transaction } from './database.ts'

/** A Python session of a thread, and the server that has it. */
export interface SessionPlace {
  project: string
  thread_id: string
  server: string
}

interface SessionRow extends SessionPlace {
  state: string
  used_at: number
}

/** What comes of asking for a session: it may begin, another one has to end first, or all others are being used. */
export type PlaceAnswer = { taken: true } | { end: SessionPlace } | { usedBy: string[] }

/** Whoever was to end a session and has not done so for this long, in milliseconds, is lost. */
const endingMs = 15_000

/** Asks for a place for a session that is about to be used. One server at a time asks for a project. */
export async function takeSessionPlace(
  tx: Transaction,
  { project, thread_id, server }: SessionPlace,
  limit: number,
): Promise<PlaceAnswer> {
  await tx.lock('projects', project)
  const rows = await tx.all<SessionRow>(
    'select project, thread_id, server, state, used_at from python_sessions where project = ? order by used_at',
    project,
  )
  const clock = await tx.now()
  // Later than all others, also where two are used in one millisecond.
  const now = Math.max(clock, (rows.at(-1)?.used_at ?? 0) + 1)
  const own = rows.find((row) => row.thread_id === thread_id && row.server === server)
  if ((own && own.state !== 'ending') || (!own && rows.length < limit)) {
    await setSession(tx, { project, thread_id, server }, 'busy', now)
    return { taken: true }
  }
  const oldest = rows.find(
    ({ state, used_at }) => state === 'idle' || (state === 'ending' && used_at < clock - endingMs),
  )
  if (!oldest) return { usedBy: rows.map((row) => row.server) }
  await setSession(tx, oldest, 'ending', now)
  return { end: { project, thread_id: oldest.thread_id, server: oldest.server } }
}

const setSession = (tx: Transaction, place: SessionPlace, state: string, now: number) =>
  tx.run(
    `insert into python_sessions (project, thread_id, server, state, used_at) values (?, ?, ?, ?, ?)
     on conflict (thread_id, server) do update set state = excluded.state, used_at = excluded.used_at`,
    place.project,
    place.thread_id,
    place.server,
    state,
    now,
  )

/** The session is not used any more, and may end to make room for another one. */
export async function leaveSession(tx: Transaction, place: SessionPlace): Promise<void> {
  const newest = await tx.get<{ used_at: number | null }>(
    'select max(used_at) as used_at from python_sessions where project = ?',
    place.project,
  )
  await tx.run(
    "update python_sessions set state = 'idle', used_at = ? where thread_id = ? and server = ?",
    Math.max(await tx.now(), (newest?.used_at ?? 0) + 1),
    place.thread_id,
    place.server,
  )
}

export const removeSession = (tx: Transaction, { thread_id, server }: SessionPlace): Promise<number> =>
  tx.run('delete from python_sessions where thread_id = ? and server = ?', thread_id, server)

/** Those of a server that is lost. */
export const removeSessionsOf = (tx: Transaction, server: string): Promise<number> =>
  tx.run('delete from python_sessions where server = ?', server)
