import type { ChildProcess } from 'node:child_process'

/**
 * Sends SIGKILL to a detached child and to those of its descendants that have not made their own session yet. For
 * example, the child of bubblewrap waits for the map of its users, and only later binds itself to the life of its
 * parent. When bubblewrap is killed between these two, that child would wait for ever.
 */
export function killGroup(child: ChildProcess): void {
  // The number of a process that has ended may belong to another process now.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The system has no process groups.
    child.kill('SIGKILL')
  }
}

/** The time in which the last output of a child is read after its end, in milliseconds. */
const restMs = 200

/**
 * Closes the pipes soon after the end of the child. Another process may hold them, and must not keep this one alive.
 */
export function closePipesAtEnd(child: ChildProcess): void {
  child.once('exit', () => {
    setTimeout(() => {
      for (const pipe of child.stdio) pipe?.destroy()
    }, restMs).unref()
  })
}
