import { freemem } from 'node:os'
import { describeError, type Log } from '../log.ts'
import { chooseProvider } from './choose-provider.ts'
import { defaultLimits } from './default-limits.ts'
import { findBwrap } from './launchers/bwrap.ts'
import { seatBelt } from './launchers/permission.ts'
import { findUnshare } from './launchers/unshare.ts'
import { pyodideProvider } from './pyodide/provider.ts'
import { makeRuntimeFolder } from './pyodide/runtime-folder.ts'
import {
  SandboxUnavailable,
  type Isolation,
  type KernelProvider,
  type Limits,
  type Sessions,
} from './sandbox.ts'
import { startSessions } from './sessions.ts'

export interface SandboxOptions {
  /** For the files that the interpreter starts from: 60 MB, made again when they are not there. */
  cacheDir: string
  engine: 'auto' | 'off'
  /** Whether Node's permission model alone may do: only for a server that one person reaches on loopback. */
  allowWeak: boolean
  log: Log
  limits?: Partial<Limits>
  /** Kernels at a time, without the spares; what memory allows unless told. */
  maxSessions?: number
  /** Kernels kept ready for the next new thread. */
  spares?: number
  idleMs?: number
  maxAgeMs?: number
}

export interface SandboxStatus {
  state: 'checking' | 'ready' | 'unavailable'
  /** `pyodide+bwrap`, for example; `none` while it is not known. */
  id: string
  isolation: Isolation
  reason?: string
  /** For the person who runs the server, when the isolation is weak. */
  warning?: string
}

export interface Sandboxes {
  sessions: Sessions
  status(): SandboxStatus
  /** Resolves with the status when the self-test is over; never rejects. */
  settled: Promise<SandboxStatus>
  /** Kills every kernel. */
  close(): Promise<void>
}

/** User and group of the kernels when the server is root: `nobody`. */
const nobody = 65_534
const minute = 60_000

/** Returns at once: the self-test runs in the background, and sessions wait for its result. */
export function startSandboxes(options: SandboxOptions): Sandboxes {
  const { log } = options
  let status: SandboxStatus = { state: 'checking', id: 'none', isolation: 'none' }
  const closing = new AbortController()
  const provider = choose(options, closing.signal).then(({ chosen, warning }) => {
    status = { state: 'ready', id: chosen.id, isolation: chosen.isolation, ...(warning && { warning }) }
    log(warning ? 'warn' : 'info', 'sandbox ready', { id: chosen.id, isolation: chosen.isolation })
    return chosen
  })
  const { spares = 1 } = options
  const sessions = startSessions(provider, {
    maxSessions: options.maxSessions ?? Math.max(1, Math.min(16, Math.floor(freemem() / 2 ** 28))),
    idleMs: options.idleMs ?? 30 * minute,
    maxAgeMs: options.maxAgeMs ?? 60 * minute,
    spares,
  })

  const background = provider.then(
    async (chosen) => {
      try {
        await chosen.prepare(closing.signal)
      } catch (error) {
        if (!closing.signal.aborted) log('warn', 'sandbox starts slowly', describeError(error))
      }
      sessions.fillSpares()
    },
    (error: unknown) => {
      const reason = (error as Error).message
      status = { state: 'unavailable', id: 'none', isolation: 'none', reason }
      if (!closing.signal.aborted && options.engine !== 'off') log('warn', 'sandbox unavailable', { reason })
    },
  )

  return {
    sessions: {
      get provider() {
        return { id: status.id, isolation: status.isolation }
      },
      use: sessions.use,
      close: sessions.close,
    },
    status: () => status,
    settled: provider.then(
      () => status,
      () => background.then(() => status),
    ),
    async close() {
      closing.abort(new SandboxUnavailable('the server is shutting down'))
      await sessions.close()
      await background
    },
  }
}

/** Throws SandboxUnavailable, whatever happens. */
async function choose(
  options: SandboxOptions,
  signal: AbortSignal,
): Promise<{ chosen: KernelProvider; warning?: string }> {
  if (options.engine === 'off')
    throw new SandboxUnavailable('the code interpreter is switched off on this server')
  try {
    return await chooseHere(options, signal)
  } catch (error) {
    if (error instanceof SandboxUnavailable) throw error
    throw new SandboxUnavailable(`no sandbox could be set up: ${(error as Error).message}`, { cause: error })
  }
}

async function chooseHere(
  { cacheDir, limits, allowWeak }: SandboxOptions,
  signal: AbortSignal,
): Promise<{ chosen: KernelProvider; warning?: string }> {
  const uid = process.getuid?.() === 0 ? nobody : undefined
  const runtime = await makeRuntimeFolder(cacheDir, uid)
  const launchers = [await findBwrap(), await findUnshare(uid), seatBelt()].filter(
    (found) => found !== undefined,
  )
  const all = { ...defaultLimits, ...limits }
  const candidates = launchers.map((launcher) => pyodideProvider({ runtime, launcher, limits: all, uid }))
  const choice = await chooseProvider(candidates, { allowWeak, signal })
  if ('reason' in choice) throw new SandboxUnavailable(choice.reason)
  return { chosen: choice.provider, ...(choice.warning && { warning: choice.warning }) }
}
