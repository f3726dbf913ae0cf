import { SandboxRefused, type Kernel, type KernelProvider, type Sessions } from '../sandbox.ts'
import { createSpares } from './spares.ts'

export interface SessionOptions {
  maxSessions: number
  idleMs: number
  maxAgeMs: number
  /** A promise when the number is known only after the provider was chosen. */
  spares: number | Promise<number>
}

export interface KernelSessions extends Omit<Sessions, 'provider'> {
  /** Starts the missing spares. Without this call the first `use` does it. */
  fillSpares(): void
  /**
   * Uses new kernels from now on: no old session is given out again. Resolves when the old sessions have ended, the
   * busy ones after their work. `spares` is the number of new kernels that are kept ready.
   */
  renew(spares: number): Promise<void>
}

interface Session {
  kernel: Kernel
  /**
   * The number of `renew` calls before the session was opened. Kernels of an older generation are not given out again.
   */
  generation: number
  born: number
  /** A larger number is later. */
  lastUsed: number
  idleSince: number
  /** Runs when the session has been idle for long enough, or is too old. */
  timer: NodeJS.Timeout | undefined
}

/** Starts and keeps kernels by key. */
export function startSessions(
  provider: Pick<KernelProvider, 'open'>,
  options: SessionOptions,
): KernelSessions {
  const sessions = new Map<string, Session>()
  /** How many calls work or wait for each key. Their sessions are not evicted. */
  const users = new Map<string, number>()
  const queues = new Map<string, Promise<void>>()
  const closing = new AbortController()
  const spares = createSpares(provider, options.spares, closing.signal)
  /** A kernel that is being opened already takes a place, and one that is being closed still does. */
  const opening = new Set<Promise<Kernel>>()
  let generation = 0
  let leaving = 0
  let uses = 0
  let placeFree = Promise.withResolvers<void>()

  async function drop(key: string, session: Session): Promise<void> {
    clearTimeout(session.timer)
    if (sessions.get(key) !== session) return await session.kernel.close()
    sessions.delete(key)
    leaving++
    await session.kernel.close()
    leaving--
    freePlace()
  }

  function freePlace(): void {
    placeFree.resolve()
    placeFree = Promise.withResolvers<void>()
  }

  /** The least recently used session that no call uses. */
  function idlest(): [string, Session] | undefined {
    return [...sessions]
      .filter(([key]) => !users.has(key))
      .toSorted(([, a], [, b]) => a.lastUsed - b.lastUsed)
      .at(0)
  }

  async function open(key: string, signal: AbortSignal): Promise<Session> {
    while (sessions.size + opening.size + leaving >= options.maxSessions) {
      const found = idlest()
      if (found) await drop(...found)
      else await unlessAborted(placeFree.promise, signal)
    }
    const own = generation
    const taken = spares.take(signal)
    opening.add(taken)
    try {
      const kernel = await taken
      const session: Session = {
        kernel,
        generation: own,
        born: Date.now(),
        lastUsed: ++uses,
        idleSince: Date.now(),
        timer: undefined,
      }
      sessions.set(key, session)
      void kernel.closed.then(() => drop(key, session))
      return session
    } finally {
      opening.delete(taken)
      freePlace()
    }
  }

  /** A busy session never ends because of its age. It only is not given out again. */
  function rest(key: string, session: Session): void {
    session.lastUsed = ++uses
    session.idleSince = Date.now()
    const left = Math.min(options.idleMs, session.born + options.maxAgeMs - Date.now())
    if (sessions.get(key) !== session) return
    if (left <= 0 || session.generation !== generation) void drop(key, session)
    else session.timer = setTimeout(() => void drop(key, session), left).unref()
    // Another call may wait for a place, and this session can be evicted now.
    freePlace()
  }

  async function useOnce<T>(key: string, work: Work<T>, signal: AbortSignal): Promise<T> {
    const found = sessions.get(key)
    if (found && found.generation !== generation) await drop(key, found)
    const known = sessions.get(key)
    const session = known ?? (await open(key, signal))
    clearTimeout(session.timer)
    try {
      return await work({ kernel: session.kernel, fresh: session !== known })
    } finally {
      rest(key, session)
    }
  }

  return {
    fillSpares: spares.fill,
    async use(key, work, signal) {
      const ended = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
      const before = queues.get(key)
      const { promise, resolve } = Promise.withResolvers<void>()
      const turn = (before ?? Promise.resolve()).then(() => promise)
      queues.set(key, turn)
      users.set(key, (users.get(key) ?? 0) + 1)
      try {
        if (before) await unlessAborted(before, ended)
        ended.throwIfAborted()
        return await useOnce(key, work, ended)
      } finally {
        const rest = (users.get(key) ?? 1) - 1
        if (rest > 0) users.set(key, rest)
        else users.delete(key)
        if (queues.get(key) === turn) queues.delete(key)
        resolve()
        freePlace()
      }
    },
    count: () => sessions.size + opening.size,
    async memory() {
      const each = await Promise.all([...sessions.values()].map(({ kernel }) => kernel.memory()))
      return each.reduce((sum, bytes) => sum + bytes, 0)
    },
    look(key) {
      const session = sessions.get(key)
      if (!session) return undefined
      return { startedAt: session.born, idleSince: users.has(key) ? undefined : session.idleSince }
    },
    async end(key) {
      const session = sessions.get(key)
      if (session) await drop(key, session)
    },
    async renew(count) {
      generation++
      const isFormer = (session: Session) => session.generation !== generation
      for (const [key, session] of sessions) if (!users.has(key)) void drop(key, session)
      await Promise.allSettled([...opening, spares.renew(count)])
      await Promise.all([...sessions.values()].filter(isFormer).map(({ kernel }) => kernel.closed))
    },
    async close() {
      closing.abort(new SandboxRefused('the server is shutting down'))
      await Promise.all([spares.close(), ...[...sessions].map((entry) => drop(...entry))])
    },
  }
}

type Work<T> = (session: { kernel: Kernel; fresh: boolean }) => Promise<T>

/** Waits for the promise or the signal, whichever is first. The signal does not stop the promise itself. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason as Error)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
