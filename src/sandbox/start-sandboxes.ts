import { freemem, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { describeClosed } from '../common/closed-place.ts'
import { describeError, type Log } from '../common/log.ts'
import { findGroups } from './usage/cgroup.ts'
import { chooseProvider, type ProviderChoice } from './choose-provider.ts'
import { namesOfPackages } from './data-packages.ts'
import { defaultSandboxLimits } from './default-limits.ts'
import { findSandboxCandidates } from './find-candidates.ts'
import {
  SandboxRefused,
  SandboxUnavailable,
  type Isolation,
  type KernelProvider,
  type Sessions,
} from './sandbox.ts'
import { sandboxUser } from './sandbox-user.ts'
import { startSessions } from './sessions/sessions.ts'
import type { SandboxSettings } from './settings.ts'
import { removeLeftFolders } from '../common/temporary-folder.ts'

export interface SandboxOptions extends SandboxSettings {
  /**
   * The folder for the files from which the interpreter starts. They take 60 MB and are made again when they are
   * missing.
   */
  cacheDir: string
  /**
   * A Python environment for the server alone, which is preferred to that of the system. The default is `python` beside
   * the cache.
   */
  pythonDir?: string
  /** Whether Node's permission model alone is enough. This is only for a server that one person uses on loopback. */
  allowWeak: boolean
  log: Log
  /**
   * The number of kernels that are kept ready for new threads. The default is one, or none when kernels are forked at
   * once.
   */
  spares?: number
  /** The time after a failed choice until the next one, in milliseconds. */
  retryMs?: number
}

export interface SandboxStatus {
  state: 'checking' | 'ready' | 'unavailable'
  /** For example `jupyter+zygote`. It is `none` while it is not known. */
  id: string
  isolation: Isolation
  /** Why this provider was chosen, or why there is none. */
  reason?: string
  /** Whether the kernel of the system limits the memory and processes of a session, or this server measures them. */
  limits?: 'cgroup' | 'watchdog'
  /** The versions of the Python packages that matter, by name, when they are known. */
  packages?: Readonly<Record<string, string>>
  /** A warning for the operator when the isolation is weak. */
  warning?: string
}

export interface Sandboxes {
  sessions: Sessions
  status(): SandboxStatus
  /** Resolves with the status when the self-test has ended. Never rejects. */
  settled: Promise<SandboxStatus>
  /**
   * Chooses again after a Python environment was added or removed. Old sessions end as soon as they are idle. When no
   * candidate works now, nothing changes. Never rejects.
   */
  renew(): Promise<void>
  /** Kills every kernel. */
  close(): Promise<void>
}

const minute = 60_000

/** After a failed choice, the next one waits this long, because the cause may be temporary. In milliseconds. */
const defaultRetryMs = 30_000

/** Returns at once. The self-test runs in the background, and sessions wait for its result. */
export function startSandboxes(options: SandboxOptions): Sandboxes {
  const { log, retryMs = defaultRetryMs } = options
  void removeLeftFolders()
  const closing = new AbortController()
  let status: SandboxStatus = { state: 'checking', id: 'none', isolation: 'none' }
  let failedAt: number | undefined
  let preparing: Promise<void> | undefined

  async function decide(): Promise<KernelProvider> {
    failedAt = undefined
    try {
      const choice = await choose(options, closing.signal)
      status = statusOf(choice)
      const { id, isolation, reason, warning } = status
      log(warning === undefined ? 'info' : 'warn', 'sandbox ready', { id, isolation, reason })
      preparing = prepare(choice.provider)
      return choice.provider
    } catch (error) {
      const reason = (error as Error).message
      status = { state: 'unavailable', id: 'none', isolation: 'none', reason }
      failedAt = performance.now()
      if (!closing.signal.aborted && options.engine !== 'off') log('warn', 'sandbox unavailable', { reason })
      throw error
    }
  }

  async function prepare(chosen: KernelProvider): Promise<void> {
    try {
      await chosen.prepare(closing.signal)
    } catch (error) {
      if (!closing.signal.aborted) log('warn', 'sandbox starts slowly', describeError(error))
    }
    sessions.fillSpares()
  }

  /** The chosen provider. When none could be chosen, the choice is made again after a while. */
  function current(): Promise<KernelProvider> {
    if (failedAt !== undefined && performance.now() - failedAt >= retryMs && !closing.signal.aborted)
      decided = decide()
    return decided
  }

  async function renew(): Promise<void> {
    const former = await decided.catch(() => undefined)
    if (closing.signal.aborted || options.engine === 'off') return
    const before = status
    const next = decide()
    try {
      const { id } = await next
      decided = next
      await sessions.renew(sparesOf(id))
      await former?.close?.()
    } catch {
      if (!former) return
      status = before
      failedAt = undefined
    }
  }
  const sparesOf = (id: string) => options.spares ?? (id.endsWith('+zygote') ? 0 : 1)

  let decided = decide()
  let renewing = Promise.resolve()
  const first = decided
  const sessions = startSessions(
    { open: async (how) => (await current()).open(how) },
    {
      maxSessions: options.maxSessions ?? Math.max(1, Math.min(16, Math.floor(freemem() / 2 ** 28))),
      idleMs: options.idleMs ?? 30 * minute,
      maxAgeMs: options.maxAgeMs ?? 60 * minute,
      spares: first.then(
        ({ id }) => sparesOf(id),
        () => 0,
      ),
    },
  )

  return {
    sessions: {
      get provider() {
        const { state, id, isolation, packages } = status
        return { id, isolation, ...(state === 'ready' && { packages: namesOfPackages(packages) }) }
      },
      use: sessions.use,
      look: sessions.look,
      count: sessions.count,
      memory: sessions.memory,
      end: sessions.end,
      close: sessions.close,
    },
    status: () => status,
    settled: first.then(
      () => status,
      () => status,
    ),
    renew: () => (renewing = renewing.then(renew)),
    async close() {
      closing.abort(new SandboxRefused('the server is shutting down'))
      await sessions.close()
      await renewing
      const chosen = await decided.catch(() => undefined)
      await preparing
      await chosen?.close?.()
    },
  }
}

function statusOf({
  provider: { id, isolation, limits, packages },
  reason,
  warning,
}: ProviderChoice): SandboxStatus {
  return {
    state: 'ready',
    id,
    isolation,
    reason,
    ...(limits && { limits }),
    ...(packages && { packages }),
    ...(warning !== undefined && { warning }),
  }
}

/** Throws only SandboxUnavailable. */
async function choose(options: SandboxOptions, signal: AbortSignal): Promise<ProviderChoice> {
  if (options.engine === 'off')
    throw new SandboxRefused('the code interpreter is switched off on this server', 'it is switched off')
  try {
    return await chooseHere(options, signal)
  } catch (error) {
    if (error instanceof SandboxUnavailable) throw error
    const reason = describeClosed(error, dirname(options.cacheDir)) ?? (error as Error).message
    throw new SandboxUnavailable(`no sandbox could be set up: ${reason}`, { cause: error })
  }
}

async function chooseHere(
  { cacheDir, pythonDir, engine, limits, docker, allowWeak }: SandboxOptions,
  signal: AbortSignal,
): Promise<ProviderChoice> {
  const uid = sandboxUser()
  const groups = await findGroups()
  const place = {
    cacheDir,
    ...(pythonDir !== undefined && { pythonDir }),
    limits: {
      ...defaultSandboxLimits,
      disk: Math.min(defaultSandboxLimits.disk, Math.floor(totalmem() / 4)),
      ...limits,
    },
    uid,
    ...(docker && { docker }),
    ...(groups && { groups }),
  }
  const { providers, missing } = await findSandboxCandidates(
    place,
    engine === 'auto' || engine === 'off' ? 'all' : engine,
  )
  const choice = await chooseProvider(providers, { allowWeak, missing, signal })
  if (!('provider' in choice)) throw new SandboxUnavailable(choice.reason)
  return choice
}
