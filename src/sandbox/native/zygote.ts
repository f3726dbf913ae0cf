import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chown, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { KernelProcess } from '../kernel/kernel-process.ts'
import { closePipesAtEnd, killGroup } from '../kernel/kill-group.ts'
import { confinement } from '../launchers/own-namespaces.ts'
import { children } from '../usage/process-memory.ts'
import { SandboxUnavailable } from '../sandbox.ts'
import { makeTemporaryFolder } from '../../common/temporary-folder.ts'
import { sessionSettings, writableFolders, type NativeEngine } from './native-engine.ts'

/** A process that has imported everything and forks confined sessions. It runs no untrusted code. */
export interface Zygote extends AsyncDisposable {
  /** Throws SandboxUnavailable. */
  fork(): Promise<KernelProcess>
  hasEnded(): boolean
}

interface Session {
  pid: PromiseWithResolvers<number>
  ended: PromiseWithResolvers<void>
}

interface Said {
  ready?: true
  session?: number
  pid?: number
  ended?: number
}

const startMs = 60_000

/** Throws SandboxUnavailable. */
export async function startZygote(native: NativeEngine): Promise<Zygote> {
  const { interpreter, folder, limits, uid } = native
  // Only the owner can connect to the socket, and a session cannot reach it.
  const place = await makeTemporaryFolder('zygote')
  if (uid !== undefined) await chown(place, uid, uid)
  const socket = join(place, 'socket')
  const settings = {
    ...sessionSettings(native),
    socket,
    confinement: confinement({
      readOnly: [folder.path, ...interpreter.folders],
      limits,
      native: { writable: writableFolders(native) },
      ...(folder.filter !== undefined && { filter: folder.filter }),
    }),
  }
  const child = spawn(interpreter.path, ['-I', join(folder.path, '_zygote.py'), JSON.stringify(settings)], {
    env: {},
    cwd: '/',
    detached: true,
    ...(uid !== undefined && { uid, gid: uid }),
  })
  try {
    await once(child, 'spawn')
  } catch (error) {
    await rm(place, { recursive: true, force: true })
    throw new SandboxUnavailable(`the fork server could not be started: ${(error as Error).message}`)
  }
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString('latin1')).slice(-4096)))
  child.stdin.on('error', () => {})
  const sessions = new Map<number, Session>()
  const ready = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const end = () => {
    ready.reject(
      new SandboxUnavailable(`the fork server ended: ${stderr.trim().slice(-500) || 'it was killed'}`),
    )
    for (const session of sessions.values()) session.ended.resolve()
    ended.resolve()
  }
  // An error here means that the process could not be killed. Its end is awaited all the same.
  child.on('error', () => {})
  child.once('exit', end)
  closePipesAtEnd(child)
  ready.promise.catch(() => {})
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = read(line)
    if (said.ready) ready.resolve()
    if (said.session !== undefined && said.pid !== undefined)
      sessions.get(said.session)?.pid.resolve(said.pid)
    if (said.ended !== undefined) sessions.get(said.ended)?.ended.resolve()
  })
  let isOver = false
  void ended.promise.then(() => (isOver = true))
  let count = 0

  async function dispose(): Promise<void> {
    killGroup(child)
    await ended.promise
    await rm(place, { recursive: true, force: true })
  }

  const startTimer = setTimeout(() => killGroup(child), startMs)
  try {
    await ready.promise
  } catch (error) {
    await dispose()
    throw error
  } finally {
    clearTimeout(startTimer)
  }

  return {
    hasEnded: () => isOver,
    [Symbol.asyncDispose]: dispose,
    async fork() {
      const number = ++count
      const session: Session = { pid: Promise.withResolvers(), ended: Promise.withResolvers() }
      sessions.set(number, session)
      void session.ended.promise.then(() => sessions.delete(number))
      const connection = connect(socket)
      try {
        await once(connection, 'connect')
      } catch (error) {
        session.ended.resolve()
        throw new SandboxUnavailable(`the fork server does not answer: ${(error as Error).message}`)
      }
      connection.on('error', () => {})
      connection.write(`${JSON.stringify({ session: number })}\n`)
      let inner = 0
      void session.pid.promise.then((pid) => (inner = pid))
      // The connection may end before there is a session. Otherwise the fork server reports the end of the session.
      connection.once('close', () => {
        setTimeout(() => inner === 0 && session.ended.resolve(), 1000).unref()
      })
      let outer: number | undefined
      return {
        input: connection,
        output: connection,
        get pid() {
          outer ??= inner === 0 ? undefined : pidOutside(child.pid ?? 0, inner)
          return outer ?? 0
        },
        identified: Promise.race([session.pid.promise, session.ended.promise]),
        complaint: () => stderr.trim(),
        kill: () => {
          connection.destroy()
          void session.pid.promise.then(() => child.stdin.write(`${JSON.stringify({ kill: number })}\n`))
        },
        ended: session.ended.promise,
      }
    },
  }
}

/**
 * Returns an empty object when the line is not from the fork server, because a package may print when it is imported.
 */
function read(line: string): Said {
  try {
    return (JSON.parse(line) as Said | null) ?? {}
  } catch {
    return {}
  }
}

/** The PID here of the session that has the PID `inner` in the namespace of the fork server. */
function pidOutside(server: number, inner: number): number | undefined {
  try {
    return children(server)
      .flatMap(children)
      .find((pid) => {
        const status = readFileSync(`/proc/${pid}/status`, 'latin1')
        // NSpid lists the PIDs from this namespace to the innermost one: that here, that of the fork server, that of
        // the session.
        const pids = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/) ?? []
        return pids.length >= 3 && pids.at(-2) === String(inner) && pids.at(-1) === '1'
      })
  } catch {
    // One of the processes has ended meanwhile.
    return undefined
  }
}
