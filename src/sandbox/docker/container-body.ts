import { core, processLimits } from '../launchers/launcher.ts'
import type { SandboxLimits } from '../sandbox.ts'

/** The program that runs in a container, and its limits. */
export interface ContainerProgram {
  /** The arguments of python3. */
  args: string[]
  /** The id of the image, so that the image that was checked is the one that runs. */
  image: string
  runtime?: string
  limits: SandboxLimits
  /** Empty folders in memory. */
  writable: { path: string; bytes: number }[]
}

/** The label of containers of this product. Its value names the server that made them. */
export const label = 'threadmill.sandbox'
/** `nobody`. Without user namespaces in the engine, it is this user outside the container as well. */
export const user = 65_534
const maxFiles = 32_768

/**
 * The body of `POST /containers/create`. The container gets nothing of the machine: no network, no folder, no
 * environment and no capability. The seccomp profile of the engine stays active, because nothing here disables it.
 */
export function containerBody({ args, image, runtime, limits, writable }: ContainerProgram, owner: string) {
  const { data, fsize, cpu } = processLimits({ limits, native: { writable } })
  const shared = writable.find(({ path }) => path === '/dev/shm')
  const tmpfs = writable.filter((one) => one !== shared)
  // Files in memory count as memory of the container. Full folders alone must not end a session.
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
    // The engine closes stdin when its only connection ends, and then the container ends.
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
      // The limit is for memory and swap together, so there is no swap.
      MemorySwap: memory,
      OomKillDisable: false,
      Ulimits: [
        limit('core', core),
        limit('cpu', cpu),
        limit('data', data),
        limit('fsize', fsize),
        limit('nofile', 256),
        // Message queues use memory that belongs to no process.
        limit('msgqueue', 0),
      ],
      Tmpfs: Object.fromEntries(tmpfs.map(({ path, bytes }) => [path, tmpfsOptions(bytes)])),
      ShmSize: shared?.bytes ?? 0,
      // The output of model-written code and the contents of files must not get into the logs of the engine.
      LogConfig: { Type: 'none', Config: {} },
      AutoRemove: true,
      ...(runtime !== undefined && { Runtime: runtime }),
    },
  }
}

/** Programs may be executed from these folders, as with the other launchers. The engine forbids it by default. */
const tmpfsOptions = (bytes: number) =>
  `rw,exec,nosuid,nodev,size=${bytes},nr_inodes=${maxFiles},mode=0755,uid=${user},gid=${user}`
