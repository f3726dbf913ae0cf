import { randomUUID } from 'node:crypto'
import { closeSync, fstatSync, ftruncateSync, openSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Interrupts a busy interpreter without signals or shared memory. The interpreter looks at the size of an inherited
 * file, and every interrupt makes the file one byte longer. The file has no name any more when the child starts, and
 * the descriptor of the child can only read.
 */
export interface InterruptFlag {
  /** For the stdio of the child. It is closed with `childStarted`. */
  readonly childFd: number
  childStarted(): void
  /** How often the flag was raised. The child sees a new interrupt when the size is larger than this. */
  count(): number
  raise(): void
  close(): void
}

export function openInterruptFlag(): InterruptFlag {
  const path = join(tmpdir(), `.interrupt-${randomUUID()}`)
  // The mode is 0400, so that the owner cannot open the file again for writing through /proc/self/fd.
  const own = openSync(path, 'wx', 0o400)
  let childFd: number
  try {
    childFd = openSync(path, 'r')
  } finally {
    unlinkSync(path)
  }
  let open = true
  let childOpen = true
  const closeChild = () => {
    if (childOpen) closeSync(childFd)
    childOpen = false
  }
  return {
    childFd,
    childStarted: closeChild,
    count: () => (open ? fstatSync(own).size : 0),
    raise() {
      if (open) ftruncateSync(own, fstatSync(own).size + 1)
    },
    close() {
      closeChild()
      if (open) closeSync(own)
      open = false
    },
  }
}
