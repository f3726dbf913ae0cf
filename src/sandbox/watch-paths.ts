import { unwatchFile, watchFile, type Stats } from 'node:fs'

/** In milliseconds. A look costs some microseconds. */
const defaultIntervalMs = 1_000

/**
 * Calls `onChange` when one of the paths comes, goes or leads to something else; asked for again and again, since a link
 * that is swung is no event on every file system. The answer ends it.
 */
export function watchPaths(
  paths: readonly string[],
  onChange: () => void,
  intervalMs = defaultIntervalMs,
): () => void {
  const look = (now: Stats, before: Stats) => {
    // Node tells once of a path that is not there when it begins to look, which is no change.
    if (now.nlink > 0 || before.nlink > 0) onChange()
  }
  for (const path of paths) watchFile(path, { interval: intervalMs, persistent: false }, look)
  return () => {
    for (const path of paths) unwatchFile(path, look)
  }
}
