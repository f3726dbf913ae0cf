import { realpathSync } from 'node:fs'
import { findProgram, processLimits, toCommand, type Launcher } from './launcher.ts'
import { seatbeltProfile } from './seatbelt-profile.ts'

/** macOS has no prlimit, so a shell sets the limits. When a limit cannot be set, the program does not start. */
const limited = 'ulimit -c 0 && ulimit -f 0 && ulimit -n 256 && ulimit -t "$1" && shift && exec "$@"'

/**
 * macOS's `sandbox-exec`. It has been deprecated for years, but browsers and coding agents still depend on it. The
 * profile allows Node and the files that it reads. Undefined when the program is not there.
 */
export function findSandboxExec(program = onMac()): Launcher | undefined {
  if (program === undefined) return undefined
  return {
    id: 'sandbox-exec',
    isolation: 'sandbox-exec',
    wrap({ argv: [file = '', ...args], readOnly, limits }) {
      // Seatbelt compares real paths. For example, /tmp is a link to /private/tmp.
      const node = realpathSync(file)
      const { text, parameters } = seatbeltProfile(
        node,
        readOnly.map((path) => realpathSync(path)),
      )
      const definitions = Object.entries(parameters).flatMap(([name, value]) => ['-D', `${name}=${value}`])
      const { cpu } = processLimits({ limits })
      const shell = ['/bin/sh', '-c', limited, 'sh', String(cpu)]
      return toCommand([...shell, program, '-p', text, ...definitions, node, ...args])
    },
  }
}

const onMac = () => (process.platform === 'darwin' ? findProgram('sandbox-exec') : undefined)
