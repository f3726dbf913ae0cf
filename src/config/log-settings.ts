import { resolve } from 'node:path'
import { logLevels, type LogLevel } from '../common/log.ts'

/** The log of the program. One that embeds the server has its own. */
export interface LogSettings {
  /** '' where the environment leaves it to the program. */
  level: LogLevel | ''
  /** '' for standard error. */
  file: string
}

/** A level that there is not, which `readConfig` refuses, counts as none. A relative path starts at `folder`. */
export function readLogSettings(env: Record<string, string | undefined>, folder: string): LogSettings {
  const { THREADMILL_LOG_LEVEL: level = '', THREADMILL_LOG_FILE: file } = env
  return { level: isLogLevel(level) ? level : '', file: file ? resolve(folder, file) : '' }
}

/** What is wrong with a level. */
export const problemsOfLogLevel = (level: string): string[] =>
  isLogLevel(level)
    ? []
    : [`THREADMILL_LOG_LEVEL is "${level}"; it must be ${logLevels.join(', ')}, or empty`]

const isLogLevel = (given: string): given is LogLevel | '' =>
  given === '' || logLevels.some((level) => level === given)
