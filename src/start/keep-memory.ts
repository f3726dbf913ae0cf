import { setFlagsFromString } from 'node:v8'

/** How long the process rests before V8 makes its heap small, in milliseconds. */
const restMs = 60_000

/**
 * V8 makes the heap as small as it can when a process has rested for 8 seconds, and then collects garbage twice a second until it
 * has grown again: runs in the first second after such a rest took 1.5 times the processor time of others. Most who talk to a
 * server come back within a minute. Before version 26 Node has no such setting, and would print that it does not know it.
 */
export function keepMemory(): void {
  const [major = 0] = process.versions.node.split('.').map(Number)
  if (major >= 26) setFlagsFromString(`--memory-reducer-delay-ms=${restMs}`)
}
