import type { ChildProcess } from 'node:child_process'

/**
 * SIGKILL for a detached child and for what it has started that has made no session of its own yet. A launcher that dies
 * between its fork and the word that its child waits for (bubblewrap's child waits for the map of its users, and for its
 * parent's death only later) would leave that child waiting for ever.
 */
export function killGroup(child: ChildProcess): void {
  // The number of one that has ended may be somebody else's by now.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Where there are no groups.
    child.kill('SIGKILL')
  }
}

/** What a child wrote before its end is read within this time, in milliseconds. */
const restMs = 200

/** Lets go of the pipes soon after the child's end: whoever else holds them must not keep this process from its own end. */
export function closePipesAtEnd(child: ChildProcess): void {
  child.once('exit', () => {
    setTimeout(() => {
      for (const pipe of child.stdio) pipe?.destroy()
    }, restMs).unref()
  })
}
