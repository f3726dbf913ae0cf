import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import type { Output } from './commands/output.ts'
import type { Config } from './config.ts'
import { CannotStart } from './errors.ts'
import { describeError, logTo } from './log.ts'

/** In milliseconds. */
const lastWords = 500

/** Runs the server until `signal` is aborted or its disk fails. The answer is the exit code. */
export async function serve(
  config: Config,
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<number> {
  // A third less time until a server that was started before is back. The folder is the owner's alone, unlike Node's own.
  enableCompileCache(join(config.dataDir, 'cache', 'compiled'))
  const { start } = await import('./start.ts')
  const { banner, sandboxLine } = await import('./banner.ts')
  // Now, since a server that is killed would never write it, and one that listens would keep its first clients waiting.
  flushCompileCache()
  let server
  try {
    server = await start(config, { log: logTo(process.stderr) })
  } catch (error) {
    output.note(`threadmill cannot start: ${reasonOf(error)}`)
    return 1
  }
  const stopped = new Promise<'stopped'>((resolve) => {
    signal.addEventListener('abort', () => resolve('stopped'), { once: true })
    if (signal.aborted) resolve('stopped')
  })
  output.print(banner(config, server.url, await server.models()))
  void server.sandbox.then((status) => output.print(sandboxLine(status)))
  if ((await Promise.race([stopped, server.failed])) !== 'stopped') {
    // A moment for streams and answers to say so. Whoever looks after the process starts it again.
    await new Promise((resolve) => setTimeout(resolve, lastWords))
    return 1
  }
  output.print('Stopping: streams end, and runs go on at the next start. Once more to stop at once.')
  await server.close()
  return 0
}

function reasonOf(error: unknown): string {
  if ((error as { code?: string }).code === 'EADDRINUSE')
    return 'the address is in use; set THREADMILL_PORT to another port'
  if (error instanceof CannotStart) return error.message
  return JSON.stringify(describeError(error))
}
