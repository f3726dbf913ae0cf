/**
 * The folders of fetched packages in the file system that Python sees. They are read where they lie: a package costs a
 * session no memory until it is imported.
 *
 * Runs inside the sandbox; what keeps the folders as they are is that the process has no right to write to them.
 */

/** Of Emscripten's FS what is used here. */
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

/** Gives the paths to import from. */
export function mountPackages(
  pyodide: { FS: unknown; mountNodeFS(path: string, hostPath: string): void },
  folders: { name: string; path: string }[],
): string[] {
  const { filesystems, ErrnoError } = pyodide.FS as MountingFileSystem
  const { NODEFS } = filesystems
  const convert = NODEFS.convertNodeCode
  // Node's permission model refuses with a code that Emscripten does not know, and takes for success: what opens a
  // file for writing would get descriptor 0.
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
