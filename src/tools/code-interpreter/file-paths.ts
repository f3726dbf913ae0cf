import type { Sources } from '../sources.ts'

/** Looks up Files by the paths of the sandbox, in every form of a path that means the same. */
export function filePaths(
  ids: ReadonlyMap<string, string>,
): Required<Pick<Sources, 'fileAt' | 'beginsFile'>> {
  const known = new Map([...ids].map(([path, id]) => [canonical(path), id]))
  return {
    fileAt: (path) => known.get(canonical(path)),
    beginsFile: (beginning) => {
      // Marks that are still to come may belong before those that are there.
      const start = canonical(beginning).replace(/\p{M}+$/u, '')
      return known.keys().some((path) => path.startsWith(start))
    },
  }
}

/**
 * Of the same characters a name has two forms; macOS writes the longer one, models the shorter. They are compared in the
 * longer: of an `ü` in one piece, `u` would be no beginning.
 */
const canonical = (path: string) => path.replaceAll(/\/(?:\.?\/)+/g, '/').normalize('NFD')
