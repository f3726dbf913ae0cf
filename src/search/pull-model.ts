import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface ModelFile {
  /** The name of the file in the folder. */
  name: string
  /** The path of the file below the address of the mirror. */
  path: string
  bytes: number
  sha256: string
}

/** all-MiniLM-L6-v2 with 8-bit weights (Apache-2.0): 384 dimensions, English, 256 tokens at a time. */
export const embeddingModel: readonly ModelFile[] = [
  {
    name: 'model.onnx',
    path: 'onnx/model_quantized.onnx',
    bytes: 22_972_370,
    sha256: 'afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1',
  },
]

const defaultMirror = 'https://huggingface.co/Xenova/all-MiniLM-L6-v2/resolve/main'

/** The mirror does not have the file, or cannot be reached. The message says what the operator can do. */
class PullFailure extends Error {
  override name = 'PullFailure'
}

export interface PullOptions {
  mirror?: string
  files?: readonly ModelFile[]
  fetch?: typeof globalThis.fetch
  /** Called for a progress bar, with the number of bytes that are complete and the total. */
  onProgress?: (done: number, total: number, name: string) => void
  signal?: AbortSignal
}

/**
 * Downloads the files of a model into a folder. A file gets its name only when its sha256 is correct. An interrupted
 * download is continued. Files that are already complete and correct are not downloaded again.
 */
export async function pullModel(folder: string, options: PullOptions = {}): Promise<void> {
  const { mirror = defaultMirror, files = embeddingModel, onProgress = () => {} } = options
  await mkdir(folder, { recursive: true })
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  let before = 0
  for (const file of files) {
    const progress = (done: number) => onProgress(before + done, total, file.name)
    if ((await hashOf(join(folder, file.name)))?.digest('hex') !== file.sha256) {
      await pullFile(folder, file, mirror.replace(/\/+$/, ''), { ...options, progress })
    }
    before += file.bytes
    progress(0)
  }
}

async function pullFile(
  folder: string,
  file: ModelFile,
  mirror: string,
  { fetch = globalThis.fetch, signal, progress }: PullOptions & { progress: (done: number) => void },
): Promise<void> {
  const partial = join(folder, `${file.name}.part`)
  let done = (await stat(partial).catch(() => undefined))?.size ?? 0
  let hash = done > 0 && done < file.bytes ? await hashOf(partial) : undefined
  if (!hash) done = 0
  const url = `${mirror}/${file.path}`
  const response = await fetch(url, {
    ...(done > 0 && { headers: { range: `bytes=${done}-` } }),
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    signal?.throwIfAborted()
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException
    const why = code === undefined ? '' : ` (${code})`
    throw new PullFailure(
      `${url} cannot be reached${why}: try again with a network, or name a mirror in THREADMILL_MODEL_MIRROR`,
      { cause: error },
    )
  })
  if (!response.ok || !response.body) throw new PullFailure(`${url} answered ${response.status}`)
  if (response.status !== 206 || !hash) {
    done = 0
    hash = createHash('sha256')
  }
  const handle = await open(partial, done > 0 ? 'a' : 'w')
  try {
    for await (const bytes of response.body as ReadableStream<Uint8Array>) {
      done += bytes.length
      if (done > file.bytes) break
      hash.update(bytes)
      await handle.write(bytes)
      progress(done)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (done < file.bytes) throw new PullFailure(`${url} ended early; run it again to go on from here`)
  if (done > file.bytes || hash.digest('hex') !== file.sha256) {
    await rm(partial, { force: true })
    throw new PullFailure(`${url} is not the file that was expected (sha256); nothing was kept`)
  }
  await rename(partial, join(folder, file.name))
}

async function hashOf(path: string): Promise<Hash | undefined> {
  const hash = createHash('sha256')
  try {
    for await (const bytes of createReadStream(path)) hash.update(bytes as Uint8Array)
  } catch {
    return undefined
  }
  return hash
}
