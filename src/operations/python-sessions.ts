import type { PythonSession, PythonSessionDeleted } from '../contract/python-sessions.ts'
import { notFound } from '../errors/errors.ts'
import { sessionElsewhere } from '../errors/unavailable.ts'
import { clearSessionServer, hasThread, sessionServerOf } from '../store/threads.ts'
import type { Context } from './context.ts'

/** What the Python session of a thread is doing, in whichever server it is. */
export async function getPythonSession(ctx: Context, threadId: string): Promise<PythonSession> {
  const holder = await holderOf(ctx, threadId)
  const state = holder === undefined ? undefined : await ctx.pythonSessions.look(threadId, holder)
  if (state === 'unknown') throw sessionElsewhere()
  // A server that is gone is not asked for again.
  if (!state && holder !== undefined && holder !== ctx.server) await clear(ctx, threadId, holder)
  const idleSince = state?.idleSince
  return {
    object: 'thread.python_session',
    thread_id: threadId,
    status: !state ? 'none' : idleSince === undefined ? 'running' : 'idle',
    started_at: state ? state.startedAt / 1_000 : null,
    idle_since: idleSince === undefined ? null : idleSince / 1_000,
  }
}

/** Ends the session, with all variables, also while a program runs. The next program begins a new one. */
export async function deletePythonSession(ctx: Context, threadId: string): Promise<PythonSessionDeleted> {
  const holder = await holderOf(ctx, threadId)
  const before = await ctx.pythonSessions.end(threadId, holder)
  if (before === 'unknown') throw sessionElsewhere()
  if (holder !== undefined) await clear(ctx, threadId, holder)
  return { object: 'thread.python_session.deleted', thread_id: threadId, deleted: before !== undefined }
}

const clear = ({ db, project }: Context, threadId: string, holder: string) =>
  db.write((tx) => clearSessionServer(tx, project, threadId, holder))

/** The server that was the last to have a session of the thread. */
async function holderOf({ db, project }: Context, threadId: string): Promise<string | undefined> {
  if (!(await hasThread(db, project, threadId))) throw notFound('thread', threadId)
  return sessionServerOf(db, project, threadId)
}
