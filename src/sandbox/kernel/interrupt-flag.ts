import { randomUUID } from 'node:crypto'
import { closeSync, fstatSync, ftruncateSync, openSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * How a busy interpreter is interrupted without signals or shared memory: it looks at the size of an inherited file,
 * and every interrupt makes the file one byte longer. The file has no name any more when the child starts, and the
 * child's descriptor can only read.
 */
export interface InterruptFlag {
  /** For the child's stdio; close it with `childStarted`. */
  readonly childFd: number
  childStarted(): void
  /** How often it was raised: the size from which on the child hears a new interrupt. */
  count(): number
  raise(): void
  close(): void
}

export function openInterruptFlag(): InterruptFlag {
  const path = join(tmpdir(), `.interrupt-${randomUUID()}`)
  // 0400: also through /proc/self/fd the owner cannot open it again for writing.
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
