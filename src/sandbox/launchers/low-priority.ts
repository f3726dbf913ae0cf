import { findProgram, type Launcher } from './launcher.ts'

/**
 * The launcher, for work that nobody waits for: whoever has a processor to use comes first, on a machine with two of
 * them the sessions of the first people.
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
