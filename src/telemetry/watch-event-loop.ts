import type { Log } from '../common/log.ts'

const everyMs = 500
/** What clients notice. */
const blockedMs = 500

/** Says so in the log when nothing else could be done for a while, because one piece of work took so long. */
export function watchEventLoop(log: Log): Disposable {
  let expected = performance.now() + everyMs
  const timer = setInterval(() => {
    const late = performance.now() - expected
    if (late > blockedMs) log('warn', 'the event loop was blocked', { ms: Math.round(late) })
    expected = performance.now() + everyMs
  }, everyMs)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
