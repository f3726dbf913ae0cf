import type { Transaction } from './database.ts'

/** A Python session of a sandbox, whose id is in the column `thread_id`, and the server that has it. */
export interface SessionPlace {
  project: string
  /** The key of the run that uses it, or has used it last. */
  api_key: string
  sandbox: string
  server: string
}

/** How many sessions a project and a key may have. Undefined where there is no limit. */
export interface SessionLimits {
  ofProject: number | undefined
  ofKey: number | undefined
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
  place: SessionPlace,
  { ofProject = Infinity, ofKey = Infinity }: SessionLimits,
): Promise<PlaceAnswer> {
  const { project, api_key, sandbox, server } = place
  await tx.lock('projects', project)
  const rows = await tx.all<SessionRow>(
    'select project, api_key, thread_id as sandbox, server, state, used_at from python_sessions where project = ? order by used_at',
    project,
  )
  const clock = await tx.now()
  // Later than all others, also where two are used in one millisecond.
  const now = Math.max(clock, (rows.at(-1)?.used_at ?? 0) + 1)
  const own = rows.find((row) => row.sandbox === sandbox && row.server === server)
  const others = rows.filter((row) => row !== own)
  const ofThisKey = others.filter((row) => row.api_key === api_key)
  // A session that there is takes a place of its project already, but of another key when that has used it last.
  const mayHave = own ? own.state !== 'ending' : others.length < ofProject
  const keyMayHave = own?.api_key === api_key || ofThisKey.length < ofKey
  if (mayHave && keyMayHave) {
    await setSession(tx, place, 'busy', now)
    return { taken: true }
  }
  const inTheWay = mayHave ? ofThisKey : rows
  const oldest = inTheWay.find(
    ({ state, used_at }) => state === 'idle' || (state === 'ending' && used_at < clock - endingMs),
  )
  if (!oldest) return { usedBy: inTheWay.map((row) => row.server) }
  await setSession(tx, oldest, 'ending', now)
  return { end: oldest }
}

const setSession = (tx: Transaction, place: SessionPlace, state: string, now: number) =>
  tx.run(
    `insert into python_sessions (project, api_key, thread_id, server, state, used_at) values (?, ?, ?, ?, ?, ?)
     on conflict (thread_id, server) do update set api_key = excluded.api_key, state = excluded.state, used_at = excluded.used_at`,
    place.project,
    place.api_key,
    place.sandbox,
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
    place.sandbox,
    place.server,
  )
}

export const removeSession = (tx: Transaction, { sandbox, server }: SessionPlace): Promise<number> =>
  tx.run('delete from python_sessions where thread_id = ? and server = ?', sandbox, server)

/** Those of a server that is lost. */
export const removeSessionsOf = (tx: Transaction, server: string): Promise<number> =>
  tx.run('delete from python_sessions where server = ?', server)
