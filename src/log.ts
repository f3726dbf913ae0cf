/** Writes one JSON line for each fact. A line never contains message text, tool arguments, file contents or keys. */
export type Log = (level: 'info' | 'warn' | 'error', fact: string, more?: Record<string, unknown>) => void

export const logTo =
  (stream: { write(line: string): unknown }): Log =>
  (level, fact, more = {}) => {
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
