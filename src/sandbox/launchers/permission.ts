import { boundToServer, resourceLimits, toCommand, type Launcher } from './launcher.ts'

/**
 * Node's permission model alone. It stops honest mistakes. Node's documentation says that it does not protect against
 * malicious code, and it does not cover signals to processes of the same user at all. It is never chosen for a server
 * that others can reach.
 */
export function nodePermission(): Launcher {
  return {
    id: 'permission',
    isolation: 'seat belt',
    wrap: ({ argv, limits }) =>
      toCommand([...boundToServer(), ...resourceLimits({ limits }, { processes: false }), ...argv]),
  }
}
