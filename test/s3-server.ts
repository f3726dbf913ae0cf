import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { until } from './runs.ts'
import { freePort } from './ports.ts'

const version = '1.8.0'
const cache = fileURLToPath(new URL('../node_modules/.cache', import.meta.url))
const program = join(cache, `versitygw-${version}`, 'versitygw')

/** Credentials of every server here, as the environment of a server that uses it has them. */
export const s3Environment = {
  AWS_ACCESS_KEY_ID: 'threadmill-tests',
  AWS_SECRET_ACCESS_KEY: 'a-secret-that-no-log-may-have',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
}

const findGo = () =>
  ['/usr/local/go/bin', ...(process.env['PATH'] ?? '').split(':')]
    .map((folder) => join(folder, 'go'))
    .find((path) => existsSync(path))

/** Why tests that need a real S3 server are skipped here; undefined where there is one, or Go to make it. */
export const noS3Server: string | undefined =
  existsSync(program) || findGo() !== undefined
    ? undefined
    : 'there is no Go on this machine, which makes the S3 server of the tests'

/** Building takes minutes, of which the first who asks makes something for all: others wait for its lock. */
export function bringS3Server(): void {
  if (existsSync(program)) return
  mkdirSync(cache, { recursive: true })
  // The system gives it back when its process ends, however it ends.
  using lock = new DatabaseSync(join(cache, 'versitygw.lock'), { timeout: 900_000 })
  lock.exec('begin exclusive')
  if (existsSync(program)) return
  const draft = mkdtempSync(join(cache, 'versitygw-'))
  try {
    execFileSync(findGo() ?? 'go', ['install', `github.com/versity/versitygw/cmd/versitygw@v${version}`], {
      env: { ...process.env, GOBIN: draft, GOFLAGS: '' },
      stdio: 'pipe',
    })
    renameSync(draft, join(cache, `versitygw-${version}`))
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

export interface S3Server extends AsyncDisposable {
  /** Without a slash at its end. */
  endpoint: string
  /** `s3://…` with a prefix of its own; by another endpoint where a test has something in between. */
  filesUrl(prefix?: string, endpoint?: string): string
  /** The folder in which the server keeps the objects of its bucket. */
  folder: string
  /** Names of all objects below a prefix. */
  objects(prefix?: string): string[]
  /** Uploads in parts that nobody has ended. */
  unfinished(): string[]
  stop(): Promise<void>
  start(): Promise<void>
}

const bucket = 'threadmill'

/** A real S3 server on loopback with a bucket in a folder of its own. */
export async function startS3Server(): Promise<S3Server> {
  bringS3Server()
  const root = mkdtempSync(join(tmpdir(), 'threadmill-s3-'))
  for (const name of ['meta', `data/${bucket}`]) mkdirSync(join(root, name), { recursive: true })
  const folder = join(root, 'data', bucket)
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  let running: ChildProcess | undefined

  async function start(): Promise<void> {
    const args = ['--port', `127.0.0.1:${port}`, '--health', '/is-there', '--quiet']
    running = spawn(program, [...args, 'posix', '--sidecar', join(root, 'meta'), join(root, 'data')], {
      env: {
        ROOT_ACCESS_KEY: s3Environment.AWS_ACCESS_KEY_ID,
        ROOT_SECRET_KEY: s3Environment.AWS_SECRET_ACCESS_KEY,
      },
      stdio: 'ignore',
    })
    await until(async () => (await fetch(`${endpoint}/is-there`).catch(() => undefined))?.ok ?? false)
  }
  async function stop(): Promise<void> {
    if (running?.exitCode !== null) return
    const exited = once(running, 'exit')
    running.kill('SIGKILL')
    await exited
  }
  const below = (path: string) =>
    existsSync(path)
      ? readdirSync(path, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map(({ name, parentPath }) => join(parentPath, name).slice(folder.length + 1))
      : []
  await start()
  return {
    endpoint,
    folder,
    filesUrl: (prefix = 'tests', by = endpoint) => `s3://${bucket}/${prefix}?endpoint=${by}`,
    objects: (prefix = 'tests') => below(join(folder, prefix)),
    unfinished: () => below(join(folder, '.sgwtmp', 'multipart')),
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      rmSync(root, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

if (import.meta.main && noS3Server === undefined) bringS3Server()
