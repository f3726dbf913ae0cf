import type { ChangedFiles, Kernel } from '../../sandbox/sandbox.ts'
import { StoreUnavailable } from '../../errors/unavailable.ts'
import { beyondLimit, mb, notesOn, sandboxFolder, why, type Outcome } from './file-notes.ts'
import { keepFile, roomOf, type OfSandbox, type Places, type Room } from './keep-file.ts'
import type { KernelFiles } from './kernel-files.ts'

/** Makes Files of what a program has written. Returns text for the model. */
export async function collectFiles(
  places: Places,
  { kernel, has }: { kernel: Kernel; has: KernelFiles },
  cell: OfSandbox,
  signal: AbortSignal,
): Promise<string[]> {
  let changed: ChangedFiles
  try {
    changed = await kernel.changedFiles()
  } catch (error) {
    // A program can leave a process behind that ends the session after the cell, or can remove the folder.
    return [`(Files of this call were not kept: ${why(error)}.)`]
  }
  const outcome: Outcome = { kept: [], lost: [], beyondThread: [] }
  const nothing: Room = { ofThread: 0, ofProject: 0, limited: undefined }
  const room = changed.files.length > 0 ? await roomOf(places, kernel, cell) : nothing
  for (const file of changed.files) {
    signal.throwIfAborted()
    const path = sandboxFolder + file.name
    try {
      if (refuse(path, file.size, { room, outcome })) continue
      // The size is what the sandbox claims, so it is not trusted.
      const maxBytes = Math.min(kernel.limits.fileBytes, room.ofThread, room.ofProject)
      const read = () => kernel.getFile(file.name, maxBytes)
      const { id, bytes } = await keepFile(places, cell, read, { maxBytes, path, signal })
      has.placed.set(path, id)
      room.ofThread -= bytes
      room.ofProject -= bytes
      outcome.kept.push(path)
      giveAgain(has, file.name)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof StoreUnavailable) throw error
      outcome.lost.push(`${path} (${why(error)})`)
    }
  }
  return notesOn(kernel, outcome, changed)
}

/** Whether there is no room for a file of that size, which is noted. */
function refuse(path: string, size: number, { room, outcome }: { room: Room; outcome: Outcome }): boolean {
  if (size > room.ofThread) {
    outcome.beyondThread.push(`${path} (${mb(size)})`)
    return true
  }
  if (size > room.ofProject && room.limited) {
    outcome.lost.push(`${path} (${beyondLimit(room.limited)})`)
    return true
  }
  return false
}

/** A program that wrote to an upload in place has changed it under both names, so the upload is restored under its id. */
function giveAgain({ given }: KernelFiles, name: string): void {
  for (const [id, input] of given) if (input.linked && input.name === name) given.delete(id)
}
