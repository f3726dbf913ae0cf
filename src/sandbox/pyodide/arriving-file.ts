import { shareContents, type MemoryFileSystem } from './memory-files.ts'

const data = '/mnt/data/'

/**
 * A file that the host puts below /mnt/data in place of whatever is there. Errors of its methods are reported to the
 * host, and an incomplete file is removed. Runs inside the sandbox.
 */
export class ArrivingFile {
  readonly id: number
  readonly name: string
  readonly alias: string | undefined
  #fs: MemoryFileSystem
  #stream: object
  #size: number | undefined
  #written = 0

  constructor(
    fs: MemoryFileSystem,
    { id, name, size, alias }: { id: number; name: string; size?: number; alias?: string },
  ) {
    this.id = id
    this.name = name
    this.alias = alias
    this.#fs = fs
    this.#size = size
    // The alias comes first, because it may be impossible to make it.
    if (alias !== undefined) makeWay(fs, alias)
    const path = makeWay(fs, name)
    this.#stream = fs.open(path, 'w')
    // Reserves the space for the whole file at once.
    if (size !== undefined) this.#orNothing(() => fs.truncate(path, size))
  }

  write(bytes: Uint8Array): void {
    this.#orNothing(() => this.#fs.write(this.#stream, bytes, 0, bytes.length))
    this.#written += bytes.length
  }

  end(): void {
    this.#orNothing(() => {
      if (this.#size !== undefined && this.#written !== this.#size) throw new Error('it did not arrive whole')
    })
    this.#fs.close(this.#stream)
    if (this.alias !== undefined) shareContents(this.#fs, data + this.name, data + this.alias)
  }

  #orNothing(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#fs.close(this.#stream)
      this.#fs.unlink(data + this.name)
      throw error instanceof this.#fs.ErrnoError ? new Error('no space left in /mnt/data') : error
    }
  }
}

/** Makes the folders of a name and removes whatever has that name. No link is followed. */
function makeWay(fs: MemoryFileSystem, name: string): string {
  const segments = name.split('/')
  for (let depth = 1; depth < segments.length; depth++) {
    const folder = data + segments.slice(0, depth).join('/')
    const there = about(fs, folder)
    if (!there) fs.mkdir(folder)
    else if (!fs.isDir(there.mode)) throw new Error('its folder is not a folder any more')
  }
  const path = data + name
  const there = about(fs, path)
  if (there && fs.isDir(there.mode)) throw new Error('a folder has this name')
  if (there) fs.unlink(path)
  return path
}

function about(fs: MemoryFileSystem, path: string): { mode: number } | undefined {
  try {
    return fs.lstat(path)
  } catch {
    return undefined
  }
}
