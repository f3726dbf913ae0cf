import type { Sources } from '../sources.ts'

/** Finds Files by their paths in the sandbox. All forms of a path that mean the same are accepted. */
export function filePaths(
  ids: ReadonlyMap<string, string>,
): Required<Pick<Sources, 'fileAt' | 'beginsFile'>> {
  const known = new Map([...ids].map(([path, id]) => [canonical(path), id]))
  return {
    fileAt: (path) => known.get(canonical(path)),
    beginsFile: (beginning) => {
      // Combining marks that have not arrived yet may have to come before these, so they are left out.
      const start = canonical(beginning).replace(/\p{M}+$/u, '')
      return known.keys().some((path) => path.startsWith(start))
    },
  }
}

/**
 * The same name can be written in two Unicode forms: macOS uses the longer one, models the shorter one. They are
 * compared in the longer one, because in the shorter one `u` is not a beginning of `ü`.
 */
const canonical = (path: string) => path.replaceAll(/\/(?:\.?\/)+/g, '/').normalize('NFD')
