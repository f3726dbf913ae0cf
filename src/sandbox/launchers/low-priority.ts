import { findProgram, type Launcher } from './launcher.ts'

/**
 * Runs the launcher at a low priority, for work that nobody waits for. Other processes get the processor first, so on a
 * machine with two processors the first sessions are not slowed down.
 */
export function atLowPriority(launcher: Launcher): Launcher {
  const nice = findProgram('nice')
  if (!nice) return launcher
  return {
    ...launcher,
    wrap(program) {
      const command = launcher.wrap(program)
      return { ...command, file: nice, args: ['-n', '10', command.file, ...command.args] }
    },
  }
}
