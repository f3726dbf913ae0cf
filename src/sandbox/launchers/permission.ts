import { boundToServer, resourceLimits, toCommand, type Launcher } from './launcher.ts'

/**
 * Node's permission model alone. It keeps honest mistakes in; Node's documentation says that it does not protect
 * against malicious code, and signals to processes of the same user are not covered at all. Never chosen for a
 * server that others can reach.
 */
export function nodePermission(): Launcher {
  return {
    id: 'permission',
    isolation: 'seat belt',
    wrap: ({ argv, limits }) =>
      toCommand([...boundToServer(), ...resourceLimits({ limits }, { processes: false }), ...argv]),
  }
}
