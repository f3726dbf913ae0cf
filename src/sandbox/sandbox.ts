/**
 * The boundary between the code interpreter and whatever runs strangers' Python.
 *
 * An engine is what runs Python (a Jupyter kernel, plain Python, Pyodide), a launcher is what confines it (zygote, bwrap,
 * landlock). A provider is one pair that has passed its self-test; a kernel is one confined process with one interpreter state.
 */

/** What one kernel may use. Times in milliseconds, sizes in bytes. */
export interface SandboxLimits {
  /** Wall time of one call of `run`. */
  callMs: number
  /** From the interrupt to SIGKILL. */
  graceMs: number
  /** From spawn to ready, tried twice. */
  startMs: number
  /** Resident memory of the process tree. */
  memory: number
  /** Seconds of processor time, of each process. */
  cpuSeconds: number
  /** Processes and threads at a time. */
  processes: number
  /** All files below /mnt/data together. */
  disk: number
  /** stdout and stderr of one call together; the rest is dropped and `truncated` is set. */
  output: number
  /** Images of one call. */
  images: number
  imageBytes: number
  /** Files handed out after one call. */
  files: number
  /** The size of each. */
  fileBytes: number
  /** Bytes that the programs of a thread may leave in Files, all together, as long as those are there. */
  threadBytes: number
}

export type KernelOutput =
  | { type: 'stream'; name: 'stdout' | 'stderr'; text: string }
  /** A MIME bundle: `text/plain` is text, `image/png` is base64. `result` is the last expression's value. */
  | { type: 'display' | 'result'; data: Record<string, string> }
  | { type: 'error'; ename: string; evalue: string; traceback: string }
  /**
   * Always last, exactly once. `died`: the process is gone and its variables with it. `exhausted`: its memory is full, and
   * no cell after this one can do much.
   */
  | {
      type: 'done'
      status: 'ok' | 'error' | 'interrupted' | 'timeout' | 'died'
      truncated: boolean
      exhausted?: true
    }

/** A regular file below /mnt/data; `name` is its path relative to /mnt/data. Everything here is hostile input. */
export interface SandboxFile {
  name: string
  size: number
}

/** What a call has written. Only `files` can be had; of the others the model is told. */
export interface ChangedFiles {
  files: SandboxFile[]
  /** Larger than `fileBytes`; the first of them. */
  tooLarge: SandboxFile[]
  /** How many are beyond what is handed out in number, or in size together (`disk`). */
  beyond: number
  /** The names of the first of them that come after the next call. */
  left: string[]
  /** How many have names that cannot be shown: control characters, or no text at all. */
  misnamed: number
}

export interface PutOptions {
  /** Bytes that `data` has. What has no room is then refused before it is sent, and what comes in part is not kept. */
  size?: number
  /**
   * A second name for the same bytes, so that they are sent and held once. A program that changes the file by one name
   * may change it by both; it counts as changed under the alias.
   */
  alias?: string
}

export interface Kernel {
  readonly limits: SandboxLimits
  /** Runs one cell. Aborting the signal interrupts it (variables survive) and kills it after the grace time. */
  run(code: string, options: { timeoutMs?: number; signal?: AbortSignal }): AsyncIterable<KernelOutput>
  /**
   * Writes /mnt/data/<name>, in place of whatever is there; missing folders are made, and no link is followed. Written
   * before the returned promise resolves. Throws FileRefused, and the file is not there then.
   */
  putFile(name: string, data: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<void>
  /** Regular files that were created or changed since the last call (files put by the host do not count). */
  changedFiles(): Promise<ChangedFiles>
  /** The bytes of a file; throws FileRefused when it is larger than `maxBytes`, gone, or no regular file. */
  getFile(name: string, maxBytes: number): AsyncIterable<Uint8Array>
  /** SIGKILL; always succeeds. */
  close(): Promise<void>
  readonly closed: Promise<{ reason: 'closed' | 'crashed' | 'memory' | 'disk' | 'cpu' | 'timeout' }>
}

/** The strongest first; docs/security.md says what each holds. */
export const isolations = [
  'virtual machine',
  'gVisor',
  'namespaces',
  'container',
  'landlock',
  'sandbox-exec',
  'namespaces, files by permission',
  'seat belt',
  'none',
] as const
export type Isolation = (typeof isolations)[number]

export interface KernelProvider {
  /** `jupyter+zygote`, `python+bwrap`, `pyodide+unshare`, ... */
  readonly id: string
  readonly isolation: Isolation
  /** What holds all processes of a session together to their limits: the kernel, or our look at their resident memory. */
  readonly limits?: 'cgroup' | 'watchdog'
  /** Versions of the Python packages that matter, by name, as far as they are known. */
  readonly packages?: Readonly<Record<string, string>>
  /** Starts a real kernel and tries the canary attempts in it; any leak makes it not ok. */
  probe(signal: AbortSignal): Promise<{ ok: boolean; reason?: string }>
  /** Throws SandboxUnavailable. */
  open(options: { signal?: AbortSignal }): Promise<Kernel>
  /** Makes later calls of `open` faster, where the engine can; kernels can be opened meanwhile. */
  prepare(signal: AbortSignal): Promise<void>
  /** Ends what `open` starts from. Kernels that are open may die of it. */
  close?(): Promise<void>
}

/** One kernel per key (a thread id), opened on first use, reused until idle, too old, evicted or dead. */
export interface Sessions {
  readonly provider: Pick<KernelProvider, 'id' | 'isolation'> & {
    /** The modules besides the standard library that people ask for and that are there; undefined while it is not known. */
    readonly packages?: string[]
  }
  /**
   * Runs `work` with the key's kernel; calls for one key run one after another.
   * `fresh` is true the first time this kernel is handed out: its variables are empty and it has no files.
   * Throws `SandboxUnavailable` when no kernel can be had.
   */
  use<T>(
    key: string,
    work: (session: { kernel: Kernel; fresh: boolean }) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T>
  close(): Promise<void>
}

/** The kernel could not take or give a file. The message is in words, and of the sandbox: not to be relied on. */
export class FileRefused extends Error {
  override name = 'FileRefused'
}

/** The message is for the operator; `inPublic` says no more than anybody may know. */
export class SandboxUnavailable extends Error {
  override name = 'SandboxUnavailable'
  inPublic = 'no sandbox could be started; its log says why'
}

/** For reasons that tell nothing of the machine. */
export class SandboxRefused extends SandboxUnavailable {
  constructor(message: string) {
    super(message)
    this.inPublic = message
  }
}
