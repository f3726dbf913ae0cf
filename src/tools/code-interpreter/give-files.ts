import { StoreUnavailable } from '../../errors/unavailable.ts'
import type { Kernel } from '../../sandbox/sandbox.ts'
import { noContent, type Blobs } from '../../store/blobs/blobs.ts'
import type { Database } from '../../store/database.ts'
import { contentOf, getSandboxFile } from '../../store/files.ts'
import type { SandboxPath } from '../../store/sandbox-files.ts'
import { whenFilesAnswer } from '../../store/blobs/when-files-answer.ts'
import { sandboxFolder, why } from './file-notes.ts'
import type { InputFile } from './input-files.ts'
import type { KernelFiles } from './kernel-files.ts'

/** The files that a session is given: Files of the caller, and files that are in the sandbox. */
export interface FilesGiven {
  readonly inputs: readonly InputFile[]
  readonly written: readonly SandboxPath[]
}

/** Puts a file into the sandbox, under its name and its alias. Returns false when the model is told that it is missing. */
type Put = (id: string, name: string, size: number, alias?: string) => Promise<boolean>

/** Copies the files that a kernel does not have yet. Returns text for the model about files that are missing, and why. */
export async function giveFiles(
  { db, blobs }: { db: Database; blobs: Blobs },
  { kernel, has }: { kernel: Kernel; has: KernelFiles },
  { project, files }: { project: string; files: FilesGiven },
  signal: AbortSignal,
): Promise<string[]> {
  const missing: string[] = []
  const put: Put = async (id, name, size, alias) => {
    signal.throwIfAborted()
    try {
      const read = () => bytesOf({ db, blobs }, project, id, signal)
      const options = { size, ...(alias !== undefined && { alias }) }
      await whenFilesAnswer(() => kernel.putFile(name, read(), options), signal)
      return true
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof StoreUnavailable) throw error
      missing.push(`${sandboxFolder}${alias ?? name} (${why(error)})`)
      return false
    }
  }
  await giveInputs(files, has, put)
  // What earlier sessions have written and others have put there. Variables are lost with a session, but files remain.
  for (const { path, file_id } of files.written) {
    if (has.placed.get(path) === file_id) continue
    const file = await getSandboxFile(db, project, file_id)
    if (file) await put(file_id, path.slice(sandboxFolder.length), file.body.bytes)
    // Only now: where the files could not be read, the next program has to be given this one.
    has.placed.set(path, file_id)
  }
  await removeDeleted(kernel, has, files.written, signal)
  return missing.length > 0 ? [`(Not there: ${missing.join(', ')})`] : []
}

async function giveInputs({ inputs, written }: FilesGiven, { given }: KernelFiles, put: Put): Promise<void> {
  for (const { id, name, bytes } of inputs) {
    if (given.get(id)?.name === name) continue
    // A file that a program has written under this name stays. The upload is only under its id.
    const linked = !written.some(({ path }) => path === sandboxFolder + name)
    if (await put(id, id, bytes, linked ? name : undefined)) given.set(id, { name, linked })
  }
}

async function removeDeleted(
  kernel: Kernel,
  { placed }: KernelFiles,
  written: FilesGiven['written'],
  signal: AbortSignal,
): Promise<void> {
  const there = new Set(written.map(({ path }) => path))
  const deleted = [...placed.keys()].filter((path) => !there.has(path))
  if (deleted.length > 0) await Array.fromAsync(kernel.run(removing(deleted), { signal }))
  for (const path of deleted) placed.delete(path)
}

/** A program that removes files which were deleted elsewhere. It leaves no names behind. */
const removing = (paths: string[]) =>
  `exec("import os\\nfor path in paths:\\n try: os.remove(path)\\n except OSError: pass", {"paths": ${JSON.stringify(paths)}})`

async function* bytesOf(
  { db, blobs }: { db: Database; blobs: Blobs },
  project: string,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const file = await getSandboxFile(db, project, id)
  if (!file) throw noContent()
  for await (const chunk of blobs.open(contentOf(file))) {
    signal.throwIfAborted()
    yield chunk as Uint8Array
  }
}
