import { rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openTestDatabases, type TestDatabase, type TestDatabases } from './databases.ts'
import { startPostgres, type PostgresServer } from './server.ts'

/**
 * A process that keeps one PostgreSQL server for all tests which run at a time, so that only the first of them waits for
 * it. A connection to its socket is a database: it is answered with one line, and when the connection ends, with the
 * process that had it or before, the database is dropped. With the last one the server ends, after `idleMs`.
 */
export interface KeeperOptions {
  /** Of the socket and the data; the keeper's alone. */
  folder: string
  /** Of a server that is there already; otherwise it starts one. */
  url?: string
  /** Where its programs are, unless there is a `url`. */
  programs?: { bin: string; major: number }
  idleMs: number
}

/** For whom it was started: on a busy machine its next try may take a while. */
const firstUserMs = 10_000

/** What a connection is answered with. */
export type KeeperAnswer = { url: string } | { error: string }

export const socketOf = (folder: string) => join(folder, 'keeper.sock')

async function keep({ folder, url, programs, idleMs }: KeeperOptions): Promise<void> {
  if (!isOnlyKeeper(folder)) return
  rmSync(socketOf(folder), { force: true })
  const serving = serve()
  serving.catch(() => {})
  let users = 0
  let idle = setTimeout(() => void end(), firstUserMs)

  async function serve(): Promise<{ server?: PostgresServer; databases: TestDatabases }> {
    if (url) return { databases: openTestDatabases(url) }
    const data = join(folder, 'server')
    // Of a keeper that was killed.
    rmSync(data, { recursive: true, force: true })
    // What is committed outlives a SIGKILL of the server all the same, but not the machine, and nobody needs it then.
    const settings = { fsync: 'off', full_page_writes: 'off' }
    const server = await startPostgres({ folder: data, settings, ...(programs && { programs }) })
    return { server, databases: openTestDatabases(server.url) }
  }

  async function serveUser(socket: Socket): Promise<void> {
    const gone = new Promise((resolve) => socket.once('close', resolve))
    let database: TestDatabase | undefined
    try {
      database = await (await serving).databases.create()
      answer(socket, { url: database.url })
    } catch (error) {
      answer(socket, { error: String(error) })
    }
    await gone
    await database?.drop()
  }

  const sockets = createServer((socket) => {
    users += 1
    clearTimeout(idle)
    // A test that was killed ends its connection by an error.
    socket.on('error', () => {}).resume()
    void serveUser(socket)
      .catch(() => {})
      .finally(() => {
        users -= 1
        if (users === 0) idle = setTimeout(() => void end(), idleMs)
      })
  }).listen(socketOf(folder))

  async function end(): Promise<void> {
    // It takes the socket away: who comes now starts the next keeper, which waits for the lock.
    sockets.close()
    try {
      const { server, databases } = await serving
      await databases.close()
      await server?.[Symbol.asyncDispose]()
    } finally {
      process.exit()
    }
  }
}

function answer(socket: Socket, what: KeeperAnswer): void {
  socket.write(`${JSON.stringify(what)}\n`)
}

/** Takes a lock for the life of this process, which the kernel gives back; false where another keeper has it. */
function isOnlyKeeper(folder: string): boolean {
  const lock = new DatabaseSync(join(folder, 'lock'))
  try {
    lock.exec('pragma journal_mode = memory; begin exclusive')
    process.once('exit', () => lock.close())
    return true
  } catch {
    lock.close()
    return false
  }
}

if (import.meta.main) await keep(JSON.parse(process.argv[2] ?? '') as KeeperOptions)
