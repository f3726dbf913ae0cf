import type { FileSize } from '../store/indexing-jobs.ts'

/**
 * The maximum number of files that are indexed at the same time. Files that wait for their vectors do not hold a place,
 * so places do not limit them.
 */
const maxFiles = 256

/** Limits the memory for the content of files that are indexed at the same time. */
export interface Room {
  /**
   * Returns a check whether a file can start now. Small files always can. A large file waits until it fits, and other
   * large files wait behind it, so that it does not wait forever. A file of any size can start when there is no other
   * large file. Each file that passes the check is counted until `look` is called again.
   */
  look: () => (file: FileSize) => boolean
  /** Counts a file until the returned function is called. */
  enter: (file: FileSize) => () => void
}

/** `bytes` is the maximum size of all large files together. */
export function createRoom(bytes: number): Room {
  const inside = new Set<FileSize>()
  /** The number of the large file that waits. */
  let next: number | undefined
  const isLarge = (file: FileSize) => file.bytes > bytes / 64

  return {
    look() {
      let files = inside.size
      let large = 0
      for (const file of inside) if (isLarge(file)) large += file.bytes
      return (file) => {
        if (files >= maxFiles) return false
        if (isLarge(file)) {
          const empty = large === 0
          if (!empty && next !== undefined && next !== file.seq) return false
          if (!empty && large + file.bytes > bytes) {
            next = file.seq
            return false
          }
          next = undefined
          large += file.bytes
        }
        files++
        return true
      }
    },
    enter(file) {
      inside.add(file)
      return () => inside.delete(file)
    },
  }
}
