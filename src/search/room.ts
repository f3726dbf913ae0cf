import type { FileSize } from '../store/indexing-jobs.ts'

/** How many files are in work at most: those that wait for their vectors hold no place. */
const maxFiles = 256

/** Memory for the content of files that are worked on at the same time. */
export interface Room {
  /**
   * What fits in now. Small files always do. A large one waits until it fits, and other large ones wait behind it, so
   * that it does not wait for ever; one of any size is taken when no other large one is there. Each file for which the
   * answer is yes counts from then on, until `look` is called again.
   */
  look: () => (file: FileSize) => boolean
  /** The file is being worked on, until the returned function is called. */
  enter: (file: FileSize) => () => void
}

/** `bytes` is how much of large files there may be. */
export function createRoom(bytes: number): Room {
  const inside = new Set<FileSize>()
  /** The large file that waits. */
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
