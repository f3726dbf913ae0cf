/** Writes one JSON line for each fact. A line never contains message text, tool arguments, file contents or keys. */
export type Log = (level: LogLevel, fact: string, more?: Record<string, unknown>) => void

export const logLevels = ['info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** Facts below `least` are left out. */
export const logTo =
  (stream: { write(line: string): unknown }, least: LogLevel = 'info'): Log =>
  (level, fact, more = {}) => {
    if (logLevels.indexOf(level) < logLevels.indexOf(least)) return
    stream.write(`${JSON.stringify({ time: new Date().toISOString(), level, fact, ...more })}\n`)
  }

export const noLog: Log = () => {}

/**
 * The name, message and stack of an unexpected error. This is safe because mistakes of callers, which may quote what
 * they sent, are ApiErrors and never logged.
 */
export const describeError = (error: unknown) =>
  error instanceof Error
    ? { name: error.name, message: error.message.slice(0, 500), stack: error.stack?.split('\n').slice(1, 6) }
    : { message: String(error).slice(0, 500) }

/** A line of the log that tells of something wrong. `time` is in Unix seconds. */
export interface Problem {
  time: number
  level: 'warn' | 'error'
  fact: string
  /** How often the same was logged one after the other, and `time` is that of the last. */
  times: number
  /** Why, where the line says so: a reason in words, or the name of the error. Never its message, which may have paths. */
  reason: string | null
}

const most = 20

/** Keeps the last warnings and errors of a log in memory, for the health report. Lines of a log hold no contents. */
export function keepProblems(log: Log): { log: Log; problems: () => Problem[] } {
  const kept: Problem[] = []
  return {
    log(level, fact, more = {}) {
      log(level, fact, more)
      if (level === 'info') return
      const reason = [more['reason'], more['name']].find((value) => typeof value === 'string') ?? null
      const time = Math.floor(Date.now() / 1_000)
      const last = kept.at(-1)
      if (last?.fact === fact && last.reason === reason) Object.assign(last, { time, times: last.times + 1 })
      else kept.push({ time, level, fact, times: 1, reason })
      if (kept.length > most) kept.shift()
    },
    /** The newest first. */
    problems: () => kept.toReversed(),
  }
}
