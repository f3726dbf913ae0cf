import { realpathSync } from 'node:fs'
import { findProgram, processLimits, toCommand, type Launcher } from './launcher.ts'
import { seatbeltProfile } from './seatbelt-profile.ts'

/** macOS has no prlimit. A limit that cannot be set ends the start. */
const limited = 'ulimit -c 0 && ulimit -f 0 && ulimit -n 256 && ulimit -t "$1" && shift && exec "$@"'

/**
 * macOS's `sandbox-exec`: deprecated for years, and what browsers and coding agents rest on all the same. The profile
 * allows Node and what it reads. undefined when it is not there.
 */
export function findSandboxExec(program = onMac()): Launcher | undefined {
  if (program === undefined) return undefined
  return {
    id: 'sandbox-exec',
    isolation: 'sandbox-exec',
    wrap({ argv: [file = '', ...args], readOnly, limits }) {
      // Seatbelt compares real paths: /tmp is a link to /private/tmp.
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
