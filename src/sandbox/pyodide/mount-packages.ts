/**
 * Adds the folders of fetched packages to the file system that Python sees. They are read in place, so a package costs
 * a session no memory until it is imported.
 *
 * This runs inside the sandbox. The folders cannot be changed, because the process has no right to write to them.
 */

/** The part of Emscripten's FS that is used here. */
export interface MountingFileSystem {
  filesystems: {
    NODEFS: {
      convertNodeCode: (error: { code: string }) => number | undefined
      node_ops: Record<string, () => void>
    }
  }
  ErrnoError: new (errno: number) => Error
}

export const packagesRoot = '/lib/packages'

/** Emscripten's number for EROFS, which follows WASI. */
const readOnly = 69

/** Returns the paths to import from. */
export function mountPackages(
  pyodide: { FS: unknown; mountNodeFS(path: string, hostPath: string): void },
  folders: { name: string; path: string }[],
): string[] {
  const { filesystems, ErrnoError } = pyodide.FS as MountingFileSystem
  const { NODEFS } = filesystems
  const convert = NODEFS.convertNodeCode
  // When Node's permission model refuses, its error code is unknown to Emscripten, which then takes it for success.
  // Opening a file for writing would return descriptor 0.
  NODEFS.convertNodeCode = (error) => convert(error) ?? readOnly
  for (const name of ['mknod', 'setattr', 'rename', 'unlink', 'rmdir', 'symlink']) {
    NODEFS.node_ops[name] = () => {
      throw new ErrnoError(readOnly)
    }
  }
  return folders.map(({ name, path }) => {
    pyodide.mountNodeFS(`${packagesRoot}/${name}`, path)
    return `${packagesRoot}/${name}`
  })
}
