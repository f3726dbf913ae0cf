import { spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chownSync,
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { findPostgresPrograms, type PostgresPrograms } from './find.ts'
import { freePort } from '../ports.ts'

/** A PostgreSQL server of a test's own, which the test may stop, kill and start again. */
export interface PostgresServer extends AsyncDisposable {
  /** Of the superuser, with the password; the path is `/postgres`. The same after another start. */
  url: string
  major: number
  /** Starts it again on the same data, after `stop` or `kill`. */
  start(): Promise<void>
  /** Ends all connections and writes everything down first. */
  stop(): Promise<void>
  /** SIGKILL to the server and, within moments, the end of its connections: the next start recovers from the log. */
  kill(): Promise<void>
}

export interface PostgresOptions {
  /** Settings of `postgresql.conf` beside the defaults below. */
  settings?: Record<string, string>
  /** An empty or missing folder that anybody can reach; otherwise a temporary one. It is deleted at the end. */
  folder?: string
  programs?: PostgresPrograms
}

/** Sockets in the file system are off: nothing but loopback. A commit waits for the disk, as it does in production. */
const defaults = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '300' }

/** Makes a cluster in a new folder and starts its server on a free port of loopback. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'threadmill-postgres-'))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const password = randomBytes(16).toString('hex')
  const owner = serverUser()
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  let programs: PostgresPrograms
  try {
    programs = usablePrograms(options.programs ?? findPostgresPrograms(), folder, owner)
    initialize({ folder, programs, owner, password })
  } catch (error) {
    remove()
    throw error
  }
  const settings = { ...defaults, port: String(await freePort()), ...options.settings }
  let running = await launch()

  async function launch(): Promise<ChildProcess> {
    for (let attempt = 1; ; attempt += 1) {
      const launched = await launchOnce({ folder, programs, owner, settings })
      if (launched.ready) return launched.running
      // Somebody else was given the port after our look, or connections of a server that was killed have not noticed it.
      const passes = /could not bind|pre-existing shared memory/.test(launched.log)
      if (!passes || attempt === 100) throw new Error(`postgres: ${launched.log}`)
      await setTimeout(50)
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (running.exitCode !== null || running.signalCode !== null) return
    const exit = once(running, 'exit')
    running.kill(signal)
    await exit
  }

  return {
    url: `postgres://postgres:${password}@127.0.0.1:${settings.port}/postgres`,
    major: programs.major,
    async start() {
      running = await launch()
    },
    stop: () => end('SIGINT'),
    kill: () => end('SIGKILL'),
    async [Symbol.asyncDispose]() {
      await end('SIGINT')
      remove()
    },
  }
}

interface Owner {
  uid: number
  gid: number
}

/** PostgreSQL refuses to run as root; then it runs as the user that has nothing. Otherwise undefined. */
export function serverUser(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined
  const line = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))
  if (!line) throw new Error('PostgreSQL does not run as root, and there is no user "nobody"')
  return { uid: Number(line[1]), gid: Number(line[2]) }
}

/** The programs, or a copy of them where their user cannot reach them: a clone in the home of root. */
function usablePrograms(
  programs: PostgresPrograms,
  folder: string,
  owner: Owner | undefined,
): PostgresPrograms {
  if (!owner) return programs
  const tried = spawnSync(join(programs.bin, 'initdb'), ['--version'], { ...owner, cwd: folder })
  if (tried.status === 0) return programs
  cpSync(dirname(programs.bin), join(folder, 'programs'), { recursive: true, verbatimSymlinks: true })
  return { ...programs, bin: join(folder, 'programs', 'bin') }
}

interface Cluster {
  folder: string
  programs: PostgresPrograms
  owner: Owner | undefined
}

const dataOf = (folder: string) => join(folder, 'data')

function initialize({ folder, programs, owner, password }: Cluster & { password: string }): void {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (owner) chownSync(passwordFile, owner.uid, owner.gid)
  // An order of texts that is not that of their bytes, as most servers have it: what relies on bytes has to say so.
  const locale = programs.major >= 15 ? ['--locale-provider=icu', '--icu-locale=en'] : []
  const args = [
    '-D',
    dataOf(folder),
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
  ]
  // The data is thrown away with the machine's crash; what the server commits later is synced as usual.
  args.push('--no-sync', '--encoding=UTF8', '--locale=C', ...locale)
  const made = spawnSync(join(programs.bin, 'initdb'), args, { ...owner, cwd: folder, encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`initdb: ${made.error?.message ?? made.stderr}`)
}

/**
 * The shell becomes the server. What it leaves behind waits for the end of this process, however it comes, and ends
 * the server then. It has no parent by then, since the server would take it for one of its own children.
 */
const script = '( (cat; kill -INT $$) <&3 >/dev/null 2>&1 & ); exec "$@" 3<&-'

async function launchOnce(
  cluster: Cluster & { settings: Record<string, string> },
): Promise<{ running: ChildProcess; ready: boolean; log: string }> {
  const { folder, programs, owner, settings } = cluster
  const logFile = join(folder, 'log')
  const log = openSync(logFile, 'w')
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = [join(programs.bin, 'postgres'), '-D', dataOf(folder), ...options]
  const stdio: StdioOptions = ['ignore', log, log, 'pipe']
  const running = spawn('/bin/sh', ['-c', script, 'sh', ...command], { ...owner, cwd: folder, stdio })
  closeSync(log)
  running.once('exit', () => running.stdio[3]?.destroy())
  while (running.exitCode === null && running.signalCode === null) {
    if (isReady(folder, running)) return { running, ready: true, log: '' }
    await setTimeout(10)
  }
  return { running, ready: false, log: readFileSync(logFile, 'utf8').trim() }
}

/** The server writes what it does into its lock file, below its process id. */
function isReady(folder: string, { pid }: ChildProcess): boolean {
  let lines: string[]
  try {
    lines = readFileSync(join(dataOf(folder), 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    // It is not there yet, or the server has just taken away that of a server that was killed.
    return false
  }
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready'
}
