import type { Kernel } from '../../sandbox/sandbox.ts'

/** A File of the caller that a kernel has. `linked` is true while the file under its name is the same as the one under its id. */
export interface GivenFile {
  name: string
  linked: boolean
}

/** Which files a kernel has. They are forgotten with the kernel. */
export interface KernelFiles {
  /** The Files of the caller, by id. */
  readonly given: Map<string, GivenFile>
  /** The File of the sandbox at each path. */
  readonly placed: Map<string, string>
}

/** Looks up what a kernel has. A new kernel has nothing. */
export function kernelFiles(): (kernel: Kernel) => KernelFiles {
  const known = new WeakMap<Kernel, KernelFiles>()
  return (kernel) => {
    const files = known.get(kernel) ?? { given: new Map(), placed: new Map() }
    known.set(kernel, files)
    return files
  }
}
