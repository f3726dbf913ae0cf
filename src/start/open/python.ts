import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { isLoopback } from '../../config/network.ts'
import type { Log } from '../../common/log.ts'
import type { Storage } from './storage.ts'
import { startSandboxes, type Sandboxes } from '../../sandbox/start-sandboxes.ts'
import { watchPaths } from '../../sandbox/watch-paths.ts'
import { openSandboxSessions, type SandboxSessions } from '../../tools/code-interpreter/sandbox-sessions.ts'

export interface Python {
  /** What confines model-written code on this machine. */
  sandboxes: Sandboxes
  /** The sessions of this server and of the others on its database. */
  pythonSessions: SandboxSessions
}

/** Opens what model-written code runs in. Returns at once: the self-test of the sandbox goes on in the background. */
export function openPython(
  config: Config,
  { storage: { db, lock }, log }: { storage: Storage; log: Log },
  opened: AsyncDisposableStack,
): Python {
  const sandboxes = startSandboxes({
    cacheDir: join(config.dataDir, 'cache'),
    ...config.codeInterpreter,
    // The weak sandbox stops honest mistakes but no attacker, so it is allowed only for one person on one machine.
    allowWeak: isLoopback(config.host),
    log,
  })
  opened.defer(() => sandboxes.close())
  const pythonSessions = openSandboxSessions({
    sessions: sandboxes.sessions,
    signals: db.signals,
    server: lock.id,
    lives: (id) => lock.lives(id),
    isShared: config.database !== undefined,
  })
  opened.defer(() => pythonSessions.close())
  opened.defer(watchPaths([join(config.dataDir, 'python')], () => void sandboxes.renew()))
  return { sandboxes, pythonSessions }
}
