import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Output } from '../commands/output.ts'
import type { LogSettings } from '../config/log-settings.ts'
import type { Config } from '../config/config.ts'
import { CannotStart } from '../errors/errors.ts'
import { describeError, logTo, type Log } from '../common/log.ts'
import { openLogFile } from '../common/log-file.ts'
import { keepMemory } from './keep-memory.ts'

/** How long clients have to be told that the disk failed before the process ends, in milliseconds. */
const lastWords = 500
/** How long the banner waits for the code interpreter to be chosen, in milliseconds. */
const sandboxMs = 300

/** Runs the server until `signal` is aborted or the disk fails. Returns the exit code. */
export async function serve(
  config: Config,
  {
    output,
    signal,
    program,
    logging,
  }: { output: Output; signal: AbortSignal; program: string; logging: LogSettings },
): Promise<number> {
  // Programs that rotate logs send it, and it would end a server whose log is not in a file.
  process.on('SIGUSR2', () => {})
  keepMemory()
  // The cache makes later starts a third faster. It has its own folder, because Node's default folder can be written by
  // other users.
  enableCompileCache(join(config.dataDir, 'cache', 'compiled'))
  const { start } = await import('./start.ts')
  const { banner, lateSandbox } = await import('./banner.ts')
  // The cache is written now: a server that is killed would never write it, and later it would delay the first clients.
  flushCompileCache()
  let held
  let server
  try {
    held = heldLog(logging)
    server = await start(config, { log: held.log })
  } catch (error) {
    held?.release()
    output.note(
      `threadmill cannot start: ${error instanceof CannotStart ? error.message : JSON.stringify(describeError(error))}`,
    )
    return 1
  }
  const stopped = new Promise<'stopped'>((resolve) => {
    signal.addEventListener('abort', () => resolve('stopped'), { once: true })
    if (signal.aborted) resolve('stopped')
  })
  const [models, sandbox] = await Promise.all([
    server.models(),
    Promise.race([
      server.sandbox,
      sleep(sandboxMs, undefined, { ref: false }),
      stopped.then(() => undefined),
    ]),
  ])
  const isTerminal = output.stdout.isTTY
  output.print(banner(config, { url: server.url, models, sandbox, isTerminal, program }))
  held.release()
  if (!sandbox)
    void server.sandbox.then((status) => signal.aborted || output.print(lateSandbox(config, status, program)))
  if ((await Promise.race([stopped, server.failed])) !== 'stopped') {
    // Streams and requests that are open get this time to report the failure. A supervisor starts the process again.
    await sleep(lastWords)
    return 1
  }
  output.print('Stopping: streams end, and runs go on at the next start. Once more to stop at once.')
  await server.close()
  return 0
}

/**
 * A log that is held back until the banner was shown, because the first thing that a person sees should be written for
 * people.
 */
function heldLog({ file, level }: LogSettings): { log: Log; release: () => void } {
  const stream = file === '' ? process.stderr : openLogFile(file)
  // A person in front of it should find the warnings, and not a line for each request.
  const write = logTo(stream, level || (file === '' && process.stderr.isTTY ? 'warn' : 'info'))
  let held: Parameters<Log>[] | undefined = []
  return {
    log: (...line) => (held ? void held.push(line) : write(...line)),
    release() {
      for (const line of held ?? []) write(...line)
      held = undefined
    },
  }
}
