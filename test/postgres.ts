import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { findPostgresPrograms } from './postgres/find.ts'
import { socketOf, type KeeperAnswer, type KeeperOptions } from './postgres/keeper.ts'

/** An empty database of the caller's own on a real PostgreSQL, for `await using`. */
export interface TestPostgres extends AsyncDisposable {
  /** `postgres://…` with the password of a role that owns this database and has no other rights. */
  url: string
}

/**
 * A new, empty database on a PostgreSQL that all tests share which run at a time. It is dropped at the end, or when
 * this process ends, however it ends. `THREADMILL_TEST_POSTGRES` has the URL of a server to use, where databases and
 * roles may be made; otherwise one is started, as root too: see `findPostgresPrograms`. Throws when there is none.
 */
export async function testPostgres(
  options: { url?: string | undefined; idleMs?: number; version?: string } = {},
): Promise<TestPostgres> {
  const { url = process.env['THREADMILL_TEST_POSTGRES'], idleMs = 10_000, version } = options
  const server = url ? { url } : { programs: findPostgresPrograms(version) }
  const socket = await connectKeeper({ folder: keeperFolder(server), idleMs, ...server })
  return {
    url: socket.url,
    async [Symbol.asyncDispose]() {
      // The keeper drops it on its own time.
      socket.connection.destroy()
    },
  }
}

/** One for each user, checkout and server, so that no other one is asked. */
function keeperFolder(server: object): string {
  const which = createHash('sha256').update(JSON.stringify([import.meta.dirname, server]))
  const uid = process.getuid?.() ?? 0
  const folder = join(tmpdir(), `threadmill-postgres-${uid}-${which.digest('hex').slice(0, 16)}`)
  // A server that may not be root has to pass; everything in it is its owner's alone.
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  if (lstatSync(folder).uid !== uid) throw new Error(`${folder} is somebody else's`)
  return folder
}

/** Comes back when the keeper has answered; it starts one where none does. */
async function connectKeeper(options: KeeperOptions): Promise<{ connection: Socket; url: string }> {
  let starting = false
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await setTimeout(20)) {
    const connection = connect(socketOf(options.folder))
    const answer = await readAnswer(connection)
    if (answer) {
      // It must not keep a process that forgets it.
      connection.unref()
      if ('url' in answer) return { connection, url: answer.url }
      connection.destroy()
      throw new Error(`PostgreSQL for the tests: ${answer.error}`)
    }
    // Of several that are started at a time, one stays.
    if (!starting) {
      starting = true
      startKeeper(options).once('exit', () => (starting = false))
    }
  }
  throw new Error(`nothing answers at ${socketOf(options.folder)}`)
}

/** Undefined when nobody listens, or who did is about to end. */
async function readAnswer(connection: Socket): Promise<KeeperAnswer | undefined> {
  connection.setEncoding('utf8').on('error', () => {})
  const line = await new Promise<string | undefined>((resolve) => {
    connection.once('data', (text) => resolve(String(text))).once('close', () => resolve(undefined))
  })
  return line === undefined ? undefined : (JSON.parse(line) as KeeperAnswer)
}

function startKeeper(options: KeeperOptions): ReturnType<typeof spawn> {
  const program = join(import.meta.dirname, 'postgres', 'keeper.ts')
  const keeper = spawn(process.execPath, [program, JSON.stringify(options)], {
    detached: true,
    stdio: 'ignore',
  })
  keeper.unref()
  return keeper
}
