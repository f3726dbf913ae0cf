/**
 * The Python session of a thread: the process in which the programs of its code interpreter run, with their variables. Not
 * in the original. Times are Unix seconds with three decimals.
 */
export interface PythonSession {
  object: 'thread.python_session'
  thread_id: string
  /** `none`: the next program begins a new session. Files stay from session to session. */
  status: 'running' | 'idle' | 'none'
  started_at: number | null
  idle_since: number | null
}

export interface PythonSessionDeleted {
  object: 'thread.python_session.deleted'
  thread_id: string
  /** False when there was none. */
  deleted: boolean
}
