/**
 * The interface between the code interpreter and what runs untrusted Python.
 *
 * An engine runs Python (a Jupyter kernel, plain Python or Pyodide), and a launcher confines it (zygote, bwrap,
 * landlock and others). A provider is one pair of them that can be tested and opened. A kernel is one confined process
 * with the state of one interpreter.
 */

/** The limits of one kernel. Times are in milliseconds, sizes in bytes. */
export interface SandboxLimits {
  /** The wall time of one call of `run`. */
  callMs: number
  /** The time between the interrupt and SIGKILL. */
  graceMs: number
  /** The time from spawn until the kernel is ready. A start is tried twice. */
  startMs: number
  /** The resident memory of the process tree. */
  memory: number
  /** Seconds of processor time for each process. */
  cpuSeconds: number
  /** The number of processes and threads at a time. */
  processes: number
  /** The size of all files below /mnt/data together. */
  disk: number
  /** The size of stdout and stderr of one call together. The rest is dropped and `truncated` is set. */
  output: number
  /** The number of images of one call. */
  images: number
  imageBytes: number
  /** The number of files that are returned after one call. */
  files: number
  /** The size of each file. */
  fileBytes: number
  /** The bytes that the programs of a thread may store in Files, all together, as long as those files exist. */
  threadBytes: number
}

export type KernelOutput =
  | { type: 'stream'; name: 'stdout' | 'stderr'; text: string }
  /** A MIME bundle: `text/plain` is text, and `image/png` is base64. `result` is the value of the last expression. */
  | { type: 'display' | 'result'; data: Record<string, string> }
  | { type: 'error'; ename: string; evalue: string; traceback: string }
  /**
   * Always the last output, exactly once. `died`: the process has ended and its variables are lost. `exhausted`: its
   * memory is full, and the next cells cannot do much.
   */
  | {
      type: 'done'
      status: 'ok' | 'error' | 'interrupted' | 'timeout' | 'died'
      truncated: boolean
      exhausted?: true
    }

/** A regular file below /mnt/data. `name` is its path relative to /mnt/data. All values are untrusted. */
export interface SandboxFile {
  name: string
  size: number
}

/** The files that a call has written. Only `files` can be fetched; the model is told about the others. */
export interface ChangedFiles {
  files: SandboxFile[]
  /** The first of the files that are larger than `fileBytes`. */
  tooLarge: SandboxFile[]
  /** The number of files beyond the limit on their count, or on their total size (`disk`). */
  beyond: number
  /** The names of the first of these files. They are returned after the next call. */
  left: string[]
  /** The number of files whose names cannot be shown, because they contain control characters or are not valid text. */
  misnamed: number
}

export interface PutOptions {
  /**
   * The length of `data` in bytes. With it, a file without room is refused before it is sent, and an incomplete file is
   * not kept.
   */
  size?: number
  /**
   * A second name for the same bytes, so that they are sent and stored once. A program that changes the file under one
   * name may change it under both. It then counts as changed under the alias.
   */
  alias?: string
}

export interface Kernel {
  readonly limits: SandboxLimits
  /**
   * Runs one cell. Aborting the signal interrupts the cell, and its variables survive. It is killed after the grace
   * time.
   */
  run(code: string, options: { timeoutMs?: number; signal?: AbortSignal }): AsyncIterable<KernelOutput>
  /**
   * Writes /mnt/data/<name> and replaces whatever is there. Missing folders are made, and no link is followed. The file
   * is written when the promise resolves. Throws FileRefused, and then the file does not exist.
   */
  putFile(name: string, data: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<void>
  /** Regular files that were created or changed since the last call. Files that the host has put do not count. */
  changedFiles(): Promise<ChangedFiles>
  /**
   * The bytes of a file. Throws FileRefused when it is larger than `maxBytes`, was removed, or is not a regular file.
   */
  getFile(name: string, maxBytes: number): AsyncIterable<Uint8Array>
  /** The bytes that its processes use now. 0 where that is not known. */
  memory(): Promise<number>
  /** Kills the kernel with SIGKILL. Always succeeds. */
  close(): Promise<void>
  readonly closed: Promise<{ reason: 'closed' | 'crashed' | 'memory' | 'disk' | 'cpu' | 'timeout' }>
}

/** The strongest isolation comes first. docs/security.md says what each one protects. */
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
  /** For example `jupyter+zygote`, `python+bwrap` or `pyodide+unshare`. */
  readonly id: string
  readonly isolation: Isolation
  /**
   * What limits all processes of a session together: the kernel of the system, or this server, which measures their
   * memory.
   */
  readonly limits?: 'cgroup' | 'watchdog'
  /** The versions of the Python packages that matter, by name, as far as they are known. */
  readonly packages?: Readonly<Record<string, string>>
  /** Starts a real kernel and tries to reach the canaries from it. `ok` is false when anything was reached. */
  probe(signal: AbortSignal): Promise<{ ok: boolean; reason?: string }>
  /** Throws SandboxUnavailable. */
  open(options: { signal?: AbortSignal }): Promise<Kernel>
  /** Makes later calls of `open` faster when the engine can do that. Kernels can be opened meanwhile. */
  prepare(signal: AbortSignal): Promise<void>
  /** Ends what runs before a kernel is asked for, as the process that kernels are forked from. Open kernels may end too. */
  close?(): Promise<void>
}

/**
 * One kernel for each key (the id of a thread). It is opened on first use and reused until it is idle, too old, evicted
 * or dead.
 */
export interface Sessions {
  readonly provider: Pick<KernelProvider, 'id' | 'isolation'> & {
    /**
     * The modules outside the standard library that people ask for and that can be imported. Undefined until it is
     * known.
     */
    readonly packages?: string[]
  }
  /**
   * Runs `work` with the kernel of the key. Calls for the same key run one after another. `fresh` is true the first
   * time that this kernel is used: it has no variables and no files. Throws `SandboxUnavailable` when no kernel can be
   * opened.
   */
  use<T>(
    key: string,
    work: (session: { kernel: Kernel; fresh: boolean }) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T>
  /** What the session of the key is doing. Undefined when there is none. */
  look(key: string): SessionState | undefined
  /** How many sessions are open, those that are being opened included. */
  count(): number
  /** The bytes that the open sessions use together. */
  memory(): Promise<number>
  /** Ends the session of the key, also while it works: a cell that runs ends as one whose kernel died. */
  end(key: string): Promise<void>
  close(): Promise<void>
}

/** Times are in milliseconds of Unix time. */
export interface SessionState {
  startedAt: number
  /** Undefined while something runs in it. */
  idleSince: number | undefined
}

/** The kernel could not take or return a file. The message comes from the sandbox, so it must not be trusted. */
export class FileRefused extends Error {
  override name = 'FileRefused'
}

/** The message is for the operator. `inPublic` contains nothing that must stay secret. */
export class SandboxUnavailable extends Error {
  override name = 'SandboxUnavailable'
  inPublic = 'no sandbox could be started; its log says why'
}

/** For reasons that say nothing about the machine, so that they may be shown to anybody. */
export class SandboxRefused extends SandboxUnavailable {
  /** `inPublic` is the end of a sentence that names the code interpreter. */
  constructor(message: string, inPublic = message) {
    super(message)
    this.inPublic = inPublic
  }
}
