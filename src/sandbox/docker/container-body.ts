import { core, processLimits } from '../launchers/launcher.ts'
import type { SandboxLimits } from '../sandbox.ts'

/** What is run in a container, and as how much. */
export interface ContainerProgram {
  /** Arguments of python3. */
  args: string[]
  /** The image's id: what was looked at is what runs. */
  image: string
  runtime?: string
  limits: SandboxLimits
  /** Empty folders in memory. */
  writable: { path: string; bytes: number }[]
}

/** Containers that are ours, with the server's process that made them. */
export const label = 'threadmill.sandbox'
/** `nobody`, inside and, without user namespaces of the engine, outside. */
export const user = 65_534
const maxFiles = 32_768

/**
 * The body of `POST /containers/create`. Nothing of the machine is in the container: no network, no folder, no
 * environment, no capability. The engine's own seccomp profile stays, because nothing here takes it away.
 */
export function containerBody({ args, image, runtime, limits, writable }: ContainerProgram, owner: string) {
  const { data, fsize, cpu } = processLimits({ limits, native: { writable } })
  const shared = writable.find(({ path }) => path === '/dev/shm')
  const tmpfs = writable.filter((one) => one !== shared)
  // Files in memory count as memory of the container. All the same full folders must not end a session.
  const memory = limits.memory + writable.reduce((sum, { bytes }) => sum + bytes, 0)
  const limit = (Name: string, value: number) => ({ Name, Soft: value, Hard: value })
  return {
    Image: image,
    Entrypoint: ['python3'],
    Cmd: args,
    User: `${user}:${user}`,
    Env: [],
    WorkingDir: '/',
    Hostname: 'sandbox',
    Labels: { [label]: owner },
    Healthcheck: { Test: ['NONE'] },
    // At the end of the one connection the engine closes stdin, and the container ends.
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    HostConfig: {
      NetworkMode: 'none',
      IpcMode: 'private',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: limits.processes,
      Memory: memory,
      // Of memory and swap together: no swap.
      MemorySwap: memory,
      OomKillDisable: false,
      Ulimits: [
        limit('core', core),
        limit('cpu', cpu),
        limit('data', data),
        limit('fsize', fsize),
        limit('nofile', 256),
        // Message queues are memory that belongs to no process.
        limit('msgqueue', 0),
      ],
      Tmpfs: Object.fromEntries(tmpfs.map(({ path, bytes }) => [path, tmpfsOptions(bytes)])),
      ShmSize: shared?.bytes ?? 0,
      // What models print and what is in files does not belong in the engine's logs.
      LogConfig: { Type: 'none', Config: {} },
      AutoRemove: true,
      ...(runtime !== undefined && { Runtime: runtime }),
    },
  }
}

/** Programs may run from there, as with the other launchers; the engine's default is that they may not. */
const tmpfsOptions = (bytes: number) =>
  `rw,exec,nosuid,nodev,size=${bytes},nr_inodes=${maxFiles},mode=0755,uid=${user},gid=${user}`
