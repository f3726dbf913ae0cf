/** How many days things are kept. Undefined means for ever. */
export interface Retention {
  /** Runs, with their steps and events, counted from their end. The messages that they wrote are kept. */
  runDays?: number | undefined
  /** The events of runs and the notes about their work, but their last event, counted from the end of the run. */
  runLogDays?: number | undefined
  /** Threads, with everything in them, counted from the last message or run. */
  idleThreadDays?: number | undefined
  /** Files of every purpose, counted from their creation. */
  fileDays?: number | undefined
  /** Everything in archived projects, counted from when they were archived. */
  archivedProjectDays?: number | undefined
  auditLogDays?: number | undefined
  /** Traces that programs have sent, counted from when they came. */
  traceDays?: number | undefined
  /** Containers that have expired, with what is in them, counted from then. */
  containerDays?: number | undefined
}

const names = {
  runDays: 'THREADMILL_KEEP_RUNS_DAYS',
  runLogDays: 'THREADMILL_KEEP_RUN_LOGS_DAYS',
  idleThreadDays: 'THREADMILL_KEEP_IDLE_THREADS_DAYS',
  fileDays: 'THREADMILL_KEEP_FILES_DAYS',
  archivedProjectDays: 'THREADMILL_KEEP_ARCHIVED_PROJECTS_DAYS',
  auditLogDays: 'THREADMILL_KEEP_AUDIT_LOGS_DAYS',
  traceDays: 'THREADMILL_KEEP_TRACES_DAYS',
  containerDays: 'THREADMILL_KEEP_CONTAINERS_DAYS',
} as const

/** `read` returns a setting by its name, and '' when it is not set. */
export function readRetention(read: (name: string) => string): { retention: Retention; problems: string[] } {
  const retention: Retention = {}
  const problems: string[] = []
  for (const [key, name] of Object.entries(names) as [keyof Retention, string][]) {
    const text = read(name)
    if (text === '') continue
    const days = Number(text)
    if (/^\d{1,6}$/.test(text) && days > 0) retention[key] = days
    else problems.push(`${name} is "${text}"; it must be a whole number of days, 1 or more`)
  }
  return { retention, problems }
}
