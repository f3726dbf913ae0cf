import { FileRefused, type Kernel } from '../../sandbox/sandbox.ts'
import { collectFiles } from './collect-files.ts'
import { giveFiles, type FilesGiven } from './give-files.ts'
import { keepFile, roomOf, type OfSandbox, type Places } from './keep-file.ts'
import { kernelFiles } from './kernel-files.ts'

/** Puts files into a session, and stores the files that programs write. */
export interface SessionFiles {
  /**
   * Copies the files that the session does not have yet. Returns text for the model about files that are missing, and
   * why.
   */
  give(kernel: Kernel, cell: OfSandbox & { files: FilesGiven }, signal: AbortSignal): Promise<string[]>
  /** Makes Files of what the program has written. Returns text for the model. */
  collect(kernel: Kernel, cell: OfSandbox, signal: AbortSignal): Promise<string[]>
  /** Returns the id of a new File with the bytes of a picture, or undefined when the sandbox or the project may not store more. */
  keepPicture(
    kernel: Kernel,
    cell: OfSandbox,
    picture: { png: Uint8Array; signal: AbortSignal },
  ): Promise<string | undefined>
}

export function createSessionFiles(places: Places): SessionFiles {
  const filesOf = kernelFiles()
  return {
    give: (kernel, cell, signal) => giveFiles(places, { kernel, has: filesOf(kernel) }, cell, signal),
    collect: (kernel, cell, signal) => collectFiles(places, { kernel, has: filesOf(kernel) }, cell, signal),
    async keepPicture(kernel, cell, { png, signal }) {
      const { ofThread, ofProject } = await roomOf(places, kernel, cell)
      if (png.length > Math.min(ofThread, ofProject)) return undefined
      try {
        const { id } = await keepFile(places, cell, () => once(png), { maxBytes: png.length, signal })
        return id
      } catch (error) {
        if (error instanceof FileRefused) return undefined
        throw error
      }
    },
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes
}
