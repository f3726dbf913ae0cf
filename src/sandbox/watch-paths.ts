import { unwatchFile, watchFile, type Stats } from 'node:fs'

/** How often the paths are checked, in milliseconds. One check takes some microseconds. */
const defaultIntervalMs = 1_000

/**
 * Calls `onChange` when one of the paths is created, removed, or leads to another file. The paths are polled, because
 * changing the target of a link is not an event on every file system. The returned function stops it.
 */
export function watchPaths(
  paths: readonly string[],
  onChange: () => void,
  intervalMs = defaultIntervalMs,
): () => void {
  const look = (now: Stats, before: Stats) => {
    // Node reports once that a path does not exist when the watch begins. This is not a change.
    if (now.nlink > 0 || before.nlink > 0) onChange()
  }
  for (const path of paths) watchFile(path, { interval: intervalMs, persistent: false }, look)
  return () => {
    for (const path of paths) unwatchFile(path, look)
  }
}
