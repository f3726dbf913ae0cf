/**
 * A quota for Emscripten's files in memory. They are JavaScript buffers outside the WebAssembly memory, so
 * `--wasm-max-mem-pages` does not limit them: without this quota, 4 x 700 MB were written without an error.
 *
 * It runs inside the sandbox, so it only gives honest programs an ENOSPC. The real limit is the host's watch on the
 * memory. It uses internals of Emscripten's MEMFS (all nodes point to `ops_table`), so it depends on the exact version
 * of Pyodide. The tests fail when that has changed.
 */

interface FileNode {
  mode: number
  usedBytes: number
  contents: Record<string, FileNode> | Uint8Array
}

interface WriteArguments {
  (
    stream: { node: FileNode },
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
    own?: boolean,
  ): number
}

/** The part of Emscripten's FS that is used here. */
export interface MemoryFileSystem {
  root: FileNode
  isDir(mode: number): boolean
  isFile(mode: number): boolean
  lstat(path: string): { mode: number }
  lookupPath(path: string): { node: FileNode }
  open(path: string, flags: string): object
  write(stream: object, buffer: Uint8Array, offset: number, length: number): number
  close(stream: object): void
  truncate(path: string, size: number): void
  writeFile(path: string, data: Uint8Array): void
  mkdir(path: string): void
  unlink(path: string): void
  ErrnoError: new (errno: number) => Error
  filesystems: {
    MEMFS: {
      ops_table: { file: { stream: { write: WriteArguments } } }
      resizeFileStorage: (node: FileNode, size: number) => void
    }
  }
}

/** The error number of Emscripten, which follows WASI. */
const noSpace = 51

/** Limits all files together to `bytes`, in addition to the files that exist now. */
export function limitMemoryFiles(fs: MemoryFileSystem, bytes: number): void {
  const { MEMFS } = fs.filesystems
  const before = used(fs)
  // The estimate only grows. Deleted files are noticed by counting again when the quota seems to be used up.
  let estimate = 0
  const grow = (node: FileNode, size: number) => {
    if (size > node.usedBytes) spend(size - node.usedBytes)
  }
  const spend = (more: number) => {
    if (estimate + more > bytes) {
      estimate = used(fs) - before
      if (estimate + more > bytes) throw new fs.ErrnoError(noSpace)
    }
    estimate += more
  }

  const operations = MEMFS.ops_table.file.stream
  const write = operations.write
  operations.write = (stream, buffer, offset, length, position, own) => {
    const { node } = stream
    grow(node, position + length)
    if (shared.has(node.contents)) {
      spend(node.usedBytes)
      node.contents = (node.contents as Uint8Array).slice(0, node.usedBytes)
    }
    return write(stream, buffer, offset, length, position, own)
  }
  const resize = MEMFS.resizeFileStorage
  MEMFS.resizeFileStorage = (node, size) => {
    grow(node, size)
    resize(node, size)
  }
}

/** Buffers that two files share until one of them is written to. All other changes make a new buffer. */
const shared = new WeakSet<object>()

/** Makes a file with the bytes of another one. The bytes are stored once as long as neither file changes. */
export function shareContents(fs: MemoryFileSystem, path: string, copy: string): void {
  const { node } = fs.lookupPath(path)
  fs.writeFile(copy, new Uint8Array())
  const { contents, usedBytes } = node
  Object.assign(fs.lookupPath(copy).node, { contents, usedBytes })
  shared.add(contents)
}

function used(fs: MemoryFileSystem): number {
  let sum = 0
  const counted = new Set<object>()
  const rest = [fs.root]
  for (let node = rest.pop(); node; node = rest.pop()) {
    if (fs.isFile(node.mode)) {
      if (!counted.has(node.contents)) sum += node.usedBytes
      counted.add(node.contents)
    } else if (fs.isDir(node.mode)) rest.push(...Object.values(node.contents as Record<string, FileNode>))
  }
  return sum
}
