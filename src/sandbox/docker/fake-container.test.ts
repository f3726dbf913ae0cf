import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { testPython } from '../../../test/python.ts'
import { cacheDir } from '../behaviour/pair.test.ts'
import { systemFolders } from '../launchers/system-folders.ts'
import { findInterpreter } from '../native/interpreter.ts'
import { makeNativeFolder } from '../native/native-folder.ts'
import { usesMoreThan } from '../usage/process-memory.ts'

// A container without an engine: a process of this machine in namespaces, with the limits of the create request.

interface Limit {
  Name: string
  Soft: number
  Hard: number
}

/** The fields of the body of `POST /containers/create` that are read here. */
export interface Body {
  Image: string
  Entrypoint: string[]
  Cmd: string[]
  User: string
  Env: string[]
  Labels: Record<string, string>
  StdinOnce: boolean
  HostConfig: Record<string, unknown> & {
    Memory: number
    PidsLimit: number
    ShmSize: number
    Tmpfs: Record<string, string>
    Ulimits: Limit[]
    AutoRemove: boolean
    Runtime?: string
  }
}

export const uid = process.getuid?.() === 0 ? 65_534 : undefined
const found = await findInterpreter((await testPython()) ?? '/nowhere', uid)
export const interpreter = 'reason' in found ? undefined : found
const { path: folder } = await makeNativeFolder(cacheDir, 'none', uid)

const same = (expected: unknown) => (value: unknown) => JSON.stringify(value) === JSON.stringify(expected)
const isLimit = (value: unknown) => Number.isInteger(value) && Number(value) > 0
const sizes = /^rw,exec,nosuid,nodev,size=[1-9]\d*,nr_inodes=[1-9]\d*,mode=0755,uid=65534,gid=65534$/

/** Each of these fields must be there, and no others: bind mounts, devices, capabilities and ports have other names. */
const host: Record<string, (value: unknown) => boolean> = {
  NetworkMode: same('none'),
  IpcMode: same('private'),
  ReadonlyRootfs: same(true),
  CapDrop: same(['ALL']),
  SecurityOpt: same(['no-new-privileges']),
  PidsLimit: isLimit,
  Memory: isLimit,
  MemorySwap: isLimit,
  OomKillDisable: same(false),
  Ulimits: (value) =>
    ['core', 'cpu', 'data', 'fsize', 'nofile', 'msgqueue'].every((name) =>
      (value as Limit[]).some(
        ({ Name, Soft, Hard }) => Name === name && Soft === Hard && Number.isInteger(Hard),
      ),
    ),
  Tmpfs: (value) => {
    const folders = Object.entries(value as Record<string, string>)
    return folders.length === 2 && folders.every(([path, options]) => path !== '/' && sizes.test(options))
  },
  ShmSize: isLimit,
  LogConfig: same({ Type: 'none', Config: {} }),
  AutoRemove: same(true),
}
const config: Record<string, (value: unknown) => boolean> = {
  Image: (value) => /^sha256:\w+$/.test(String(value)),
  Entrypoint: same(['python3']),
  Cmd: (value) => Array.isArray(value) && value[0] === '-I',
  User: same('65534:65534'),
  Env: same([]),
  WorkingDir: same('/'),
  Hostname: same('sandbox'),
  Labels: (value) => Object.keys(value as object).join() === 'threadmill.sandbox',
  Healthcheck: same({ Test: ['NONE'] }),
  OpenStdin: same(true),
  StdinOnce: same(true),
  AttachStdin: same(true),
  AttachStdout: same(true),
  AttachStderr: same(true),
  Tty: same(false),
  HostConfig: () => true,
}

/** The fields that make a body unsafe for hostile code, because they are missing or should not be there. */
export function faults(body: Body): string[] {
  const { Runtime, ...hostConfig } = body.HostConfig
  return [
    ...misfits(config, body as unknown as Record<string, unknown>),
    ...misfits(host, hostConfig),
    ...(hostConfig.Memory === hostConfig['MemorySwap'] ? [] : ['swap']),
    ...(Runtime === undefined || typeof Runtime === 'string' ? [] : ['Runtime']),
  ]
}

function misfits(rules: typeof host, value: Record<string, unknown>): string[] {
  const names = new Set([...Object.keys(rules), ...Object.keys(value)])
  return [...names].filter((name) => !(name in value) || !rules[name]?.(value[name]))
}

export class FakeContainer {
  readonly id: string
  readonly body: Body
  readonly created: number
  status: 'created' | 'running' | 'exited' = 'created'
  exitCode = 0
  /** The connection that is attached to the container. */
  stream: Duplex | undefined
  onOutOfMemory: () => void = () => {}
  process: ChildProcess | undefined
  #ended = Promise.withResolvers<void>()

  constructor(id: string, body: Body, created = Date.now()) {
    this.id = id
    this.body = body
    this.created = created
  }

  get ended(): Promise<void> {
    return this.#ended.promise
  }

  start(): void {
    const { Cmd, HostConfig } = this.body
    const python = interpreter!.path
    const { Tmpfs, ShmSize, Ulimits, PidsLimit, Memory } = HostConfig
    const folders = Object.entries(Tmpfs).map(([path, options]) => [
      path,
      Number(/size=(\d+)/.exec(options)?.[1]),
    ])
    const settings = {
      // The folder that native sessions read is left out: a container gets the files of this product through its stdin.
      folders: [...systemFolders, ...interpreter!.folders].filter((path) => existsSync(path)),
      writable: [...folders, ['/dev/shm', ShmSize]],
      limits: { ...Object.fromEntries(Ulimits.map(({ Name, Hard }) => [Name, Hard])), nproc: PidsLimit },
    }
    const enter = ['-I', join(folder, '_enter.py'), JSON.stringify(settings), python, ...Cmd]
    const child = spawn(python, enter, { env: {}, cwd: '/', ...(uid !== undefined && { uid, gid: uid }) })
    this.process = child
    this.status = 'running'
    child.stdin.on('error', () => {})
    child.stdout.on('data', (part: Buffer) => this.send(1, part))
    child.stderr.on('data', (part: Buffer) => this.send(2, part))
    this.stream?.pipe(child.stdin)
    const watch = setInterval(() => {
      void usesMoreThan(child.pid!, Memory).then((isMore) => {
        if (!isMore || this.status !== 'running') return
        this.onOutOfMemory()
        this.kill()
      })
    }, 100)
    child.once('close', (code) => {
      clearInterval(watch)
      this.status = 'exited'
      this.exitCode = code ?? 137
      this.stream?.end()
      this.#ended.resolve()
    })
  }

  attach(stream: Duplex): void {
    this.stream = stream
    stream.on('error', () => {})
    stream.on('close', () => {
      if (this.body.StdinOnce) this.process?.stdin?.destroy()
    })
  }

  /** Sends output with the header by which the engine multiplexes streams. */
  send(stream: number, part: Buffer): void {
    const header = Buffer.alloc(8)
    header[0] = stream
    header.writeUInt32BE(part.length, 4)
    if (this.stream?.writable) this.stream.write(Buffer.concat([header, part]))
  }

  kill(): void {
    this.process?.kill('SIGKILL')
  }

  async killed(): Promise<void> {
    if (this.status !== 'running' || !this.process) return
    const closed = once(this.process, 'close')
    this.kill()
    await closed
  }
}
