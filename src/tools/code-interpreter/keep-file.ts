import { nowSeconds } from '../../common/clock.ts'
import { newFileId, newSandboxFileId } from '../../common/ids.ts'
import { FileRefused, type Kernel } from '../../sandbox/sandbox.ts'
import type { Blobs, Stored } from '../../store/blobs/blobs.ts'
import { lockSandbox } from '../../store/containers.ts'
import type { Database } from '../../store/database.ts'
import type { NewFile } from '../../store/files.ts'
import type { Limits } from '../../store/usage/limits.ts'
import { bytesOfSandbox, insertSandboxFile } from '../../store/sandbox-files.ts'
import { lockFileBytes, roomIn, storedFileBytes, type StoredBytes } from '../../store/usage/stored-bytes.ts'
import { whenFilesAnswer } from '../../store/blobs/when-files-answer.ts'
import type { RunSandbox } from '../tool.ts'
import { beyondLimit } from './file-notes.ts'

export interface OfSandbox {
  project: string
  apiKey: string
  sandbox: RunSandbox
}

export interface Places {
  db: Database
  blobs: Blobs
  limits: () => Limits
}

/** How many more bytes may be stored. */
export interface Room {
  ofThread: number
  ofProject: number
  /** What limits the project or the key. */
  limited: StoredBytes | undefined
}

/** How many more bytes the programs of the sandbox may store, and how many more the project and the key. */
export async function roomOf(
  { db, limits }: Places,
  kernel: Kernel,
  { sandbox, ...of }: OfSandbox,
): Promise<Room> {
  const limited = await storedFileBytes(db, limits(), of)
  return {
    limited,
    ofThread: kernel.limits.threadBytes - (await bytesOfSandbox(db, sandbox.id)),
    ofProject: roomIn(limited),
  }
}

/**
 * Stores bytes as a File made by the assistant. `path` is its path in the sandbox. `read` is called again for each try
 * while the store is away. Throws FileRefused.
 */
export async function keepFile(
  { db, blobs, limits }: Places,
  { project, apiKey, sandbox }: OfSandbox,
  read: () => AsyncIterable<Uint8Array>,
  { maxBytes, path, signal }: { maxBytes: number; path?: string; signal: AbortSignal },
): Promise<{ id: string; bytes: number }> {
  const { id, ...stored } = await whenFilesAnswer(async () => {
    // A try that has failed may be cleared away later than the next one is stored.
    const own = sandbox.hidesFiles ? newSandboxFileId() : newFileId()
    return { id: own, ...(await blobs.put(own, read(), maxBytes)) }
  }, signal)
  try {
    await db.write(async (tx) => {
      if (!(await lockSandbox(tx, sandbox.id))) throw new FileRefused('its sandbox was deleted')
      // Other programs of the project may have stored something meanwhile.
      const all = await lockFileBytes(tx, limits(), { project, apiKey })
      if (all && stored.bytes > roomIn(all)) throw new FileRefused(beyondLimit(all))
      const purpose = sandbox.hidesFiles ? 'container' : 'assistants_output'
      const placed = path ?? sandbox.pathOfPicture?.(id)
      const of = { project, api_key: apiKey, id, purpose, filename: placed ?? `${id}.png` } as const
      await insertSandboxFile(tx, sandbox.id, outputFile(of, stored), { path: placed, source: 'assistant' })
    })
  } catch (error) {
    if (error instanceof FileRefused) await blobs.remove(id).catch(() => {})
    throw error
  }
  return { id, bytes: stored.bytes }
}

const outputFile = (
  { filename, ...file }: Pick<NewFile, 'id' | 'project' | 'api_key' | 'purpose'> & { filename: string },
  { bytes, sha256 }: Stored,
): NewFile => ({
  ...file,
  expires_at: null,
  body: { filename, bytes, created_at: nowSeconds(), status: 'processed', sha256 },
})
