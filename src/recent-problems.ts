import type { Log } from './log.ts'

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
