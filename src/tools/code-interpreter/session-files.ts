import { nowSeconds } from '../../clock.ts'
import { newSandboxFileId, newFileId } from '../../ids.ts'
import { StoreUnavailable } from '../../unavailable.ts'
import { FileRefused, type ChangedFiles, type Kernel } from '../../sandbox/sandbox.ts'
import { noContent, type Blobs, type Stored } from '../../store/blobs.ts'
import { lockSandbox } from '../../store/containers.ts'
import type { Database } from '../../store/database.ts'
import { contentOf, getSandboxFile, type NewFile } from '../../store/files.ts'
import type { Limits } from '../../store/limits.ts'
import { lockFileBytes, roomIn, storedFileBytes, type StoredBytes } from '../../store/stored-bytes.ts'
import { whenFilesAnswer } from '../../store/when-files-answer.ts'
import { bytesOfSandbox, insertSandboxFile, type SandboxPath } from '../../store/sandbox-files.ts'
import type { RunSandbox } from '../tool.ts'
import type { InputFile } from './input-files.ts'

/** The files that a session is given: Files of the caller, and files that are in the sandbox. */
export interface FilesGiven {
  readonly inputs: readonly InputFile[]
  readonly written: readonly SandboxPath[]
}

interface OfSandbox {
  project: string
  apiKey: string
  sandbox: RunSandbox
}

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

export const sandboxFolder = '/mnt/data/'

export function createSessionFiles(db: Database, blobs: Blobs, limits: () => Limits): SessionFiles {
  /**
   * The inputs that a kernel has, by id. `linked` is true while the file under its name is the same as the one under
   * its id.
   */
  const given = new WeakMap<Kernel, Map<string, { name: string; linked: boolean }>>()
  /** Which File of the sandbox a kernel has at each path. */
  const placedFiles = new WeakMap<Kernel, Map<string, string>>()

  function placedIn(kernel: Kernel): Map<string, string> {
    const known = placedFiles.get(kernel) ?? new Map<string, string>()
    placedFiles.set(kernel, known)
    return known
  }

  async function* bytesOf(
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

  /**
   * Stores bytes as a File made by the assistant. `path` is its path in the sandbox. `read` is called again for each try
   * while the store is away.
   */
  async function keep(
    { project, apiKey, sandbox }: OfSandbox,
    read: () => AsyncIterable<Uint8Array>,
    { maxBytes, path, signal }: { maxBytes: number; path?: string; signal: AbortSignal },
  ): Promise<{ id: string; bytes: number }> {
    const id = sandbox.hidesFiles ? newSandboxFileId() : newFileId()
    const stored = await whenFilesAnswer(() => blobs.put(id, read(), maxBytes), signal)
    try {
      await db.write(async (tx) => {
        if (!(await lockSandbox(tx, sandbox.id))) throw new FileRefused('its sandbox was deleted')
        // Other programs of the project may have stored something meanwhile.
        const all = await lockFileBytes(tx, limits(), { project, apiKey })
        if (all && stored.bytes > roomIn(all)) throw new FileRefused(beyond(all))
        const purpose = sandbox.hidesFiles ? 'container' : 'assistants_output'
        const picture = `${id}.png`
        const placed = path ?? sandbox.pathOfPicture?.(id)
        const of = { project, api_key: apiKey, id, purpose, filename: placed ?? picture } as const
        const file = outputFile(of, stored)
        await insertSandboxFile(tx, sandbox.id, file, { path: placed, source: 'assistant' })
      })
    } catch (error) {
      if (error instanceof FileRefused) await blobs.remove(id).catch(() => {})
      throw error
    }
    return { id, bytes: stored.bytes }
  }

  /** How many more bytes the programs of the sandbox may store, and how many more the project and the key. */
  async function roomOf(kernel: Kernel, { sandbox, ...of }: OfSandbox) {
    const limited = await storedFileBytes(db, limits(), of)
    return {
      limited,
      ofThread: kernel.limits.threadBytes - (await bytesOfSandbox(db, sandbox.id)),
      ofProject: roomIn(limited),
    }
  }

  return {
    async give(kernel, { project, files: { inputs, written } }, signal) {
      const missing: string[] = []
      const put = async (id: string, name: string, size: number, alias?: string) => {
        signal.throwIfAborted()
        try {
          const options = { size, ...(alias !== undefined && { alias }) }
          await whenFilesAnswer(() => kernel.putFile(name, bytesOf(project, id, signal), options), signal)
          return true
        } catch (error) {
          signal.throwIfAborted()
          if (error instanceof StoreUnavailable) throw error
          missing.push(`${sandboxFolder}${alias ?? name} (${why(error)})`)
          return false
        }
      }
      const has = given.get(kernel) ?? new Map<string, { name: string; linked: boolean }>()
      given.set(kernel, has)
      for (const { id, name, bytes } of inputs) {
        if (has.get(id)?.name === name) continue
        // A file that a program has written under this name stays. The upload is only under its id.
        const linked = !written.some(({ path }) => path === sandboxFolder + name)
        if (await put(id, id, bytes, linked ? name : undefined)) has.set(id, { name, linked })
      }
      // What earlier sessions have written and others have put there. Variables are lost with a session, but files remain.
      const placed = placedIn(kernel)
      for (const { path, file_id } of written) {
        if (placed.get(path) === file_id) continue
        const file = await getSandboxFile(db, project, file_id)
        if (file) await put(file_id, path.slice(sandboxFolder.length), file.body.bytes)
        // Only now: where the files could not be read, the next program has to be given this one.
        placed.set(path, file_id)
      }
      const there = new Set(written.map(({ path }) => path))
      const deleted = [...placed.keys()].filter((path) => !there.has(path))
      if (deleted.length > 0) await Array.fromAsync(kernel.run(removing(deleted), { signal }))
      for (const path of deleted) placed.delete(path)
      return missing.length > 0 ? [`(Not there: ${missing.join(', ')})`] : []
    },

    async collect(kernel, cell, signal) {
      let changed: ChangedFiles
      try {
        changed = await kernel.changedFiles()
      } catch (error) {
        // A program can leave a process behind that ends the session after the cell, or can remove the folder.
        return [`(Files of this call were not kept: ${why(error)}.)`]
      }
      const kept: string[] = []
      const lost: string[] = []
      const beyondThread: string[] = []
      const room =
        changed.files.length > 0
          ? await roomOf(kernel, cell)
          : { ofThread: 0, ofProject: 0, limited: undefined }
      for (const { name, size } of changed.files) {
        signal.throwIfAborted()
        const path = sandboxFolder + name
        if (size > room.ofThread) {
          beyondThread.push(`${path} (${mb(size)})`)
          continue
        }
        if (size > room.ofProject && room.limited) {
          lost.push(`${path} (${beyond(room.limited)})`)
          continue
        }
        try {
          // The size is what the sandbox claims, so it is not trusted.
          const maxBytes = Math.min(kernel.limits.fileBytes, room.ofThread, room.ofProject)
          const { id, bytes } = await keep(cell, () => kernel.getFile(name, maxBytes), {
            maxBytes,
            path,
            signal,
          })
          placedIn(kernel).set(path, id)
          room.ofThread -= bytes
          room.ofProject -= bytes
          kept.push(path)
          // A program that wrote to the file in place has changed it under both names, so the upload is restored under
          // its id.
          for (const [inputId, input] of given.get(kernel) ?? []) {
            if (input.linked && input.name === name) given.get(kernel)?.delete(inputId)
          }
        } catch (error) {
          signal.throwIfAborted()
          if (error instanceof StoreUnavailable) throw error
          lost.push(`${path} (${why(error)})`)
        }
      }
      return [...notesOnSession(kernel, kept, lost, changed), ...notesOnThread(kernel, beyondThread)]
    },

    async keepPicture(kernel, cell, { png, signal }) {
      const { ofThread, ofProject } = await roomOf(kernel, cell)
      if (png.length > Math.min(ofThread, ofProject)) return undefined
      return keep(cell, () => once(png), { maxBytes: png.length, signal }).then(
        ({ id }) => id,
        (error: unknown) => {
          if (error instanceof FileRefused) return undefined
          throw error
        },
      )
    },
  }
}

function notesOnSession({ limits }: Kernel, kept: string[], lost: string[], changed: ChangedFiles): string[] {
  const { tooLarge, beyond, left, misnamed } = changed
  const others = beyond - left.length > 0 ? [`and ${beyond - left.length} more`] : []
  const large = tooLarge.map(({ name, size }) => `${sandboxFolder}${name} (${mb(size)})`)
  return [
    kept.length > 0 && `Files written: ${kept.join(', ')}`,
    lost.length > 0 && `Not kept: ${lost.join(', ')}`,
    large.length > 0 && `Not kept, because they are larger than ${mb(limits.fileBytes)}: ${large.join(', ')}`,
    beyond > 0 &&
      `Not kept yet: ${[...left.map((name) => sandboxFolder + name), ...others].join(', ')}. After each call at most ` +
        `${limits.files} files are kept; the next call keeps more of them, or put many into one zip file.`,
    misnamed > 0 && `Not kept: ${misnamed} files with control characters or a backslash in their names.`,
  ].filter((line) => line !== false)
}

/** A program that removes files which were deleted elsewhere. It leaves no names behind. */
const removing = (paths: string[]) =>
  `exec("import os\\nfor path in paths:\\n try: os.remove(path)\\n except OSError: pass", {"paths": ${JSON.stringify(paths)}})`

const beyond = ({ of, limit }: StoredBytes) => `the files of this ${of} may take ${limit} bytes together`

const notesOnThread = ({ limits }: Kernel, paths: string[]) =>
  paths.length === 0
    ? []
    : [
        `Not kept, because the files that the programs of this conversation have left, earlier versions and pictures ` +
          `included, would take more than ${mb(limits.threadBytes)} together: ${paths.join(', ')}. Write smaller files, ` +
          'or ask the user to delete some.',
      ]

/** Only texts of the sandbox are shown, because other errors may describe this machine. */
function why(error: unknown): string {
  if (error instanceof FileRefused) return error.message
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it was deleted' : 'the transfer failed'
}

const mb = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`

const outputFile = (
  { filename, ...file }: Pick<NewFile, 'id' | 'project' | 'api_key' | 'purpose'> & { filename: string },
  { bytes, sha256 }: Stored,
): NewFile => ({
  ...file,
  expires_at: null,
  body: { filename, bytes, created_at: nowSeconds(), status: 'processed', sha256 },
})

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes
}
