import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

type Environment = Record<string, string | undefined>

/** Whether npm runs a script of this package itself. */
function isOwnScript(env: Environment): boolean {
  const manifest = env['npm_package_json']
  try {
    const own = fileURLToPath(new URL('../../package.json', import.meta.url))
    return manifest !== undefined && realpathSync(manifest) === realpathSync(own)
  } catch {
    return false
  }
}

/** The folder where the user called the program. npm runs scripts in the folder of the package instead. */
export const userFolder = (env: Environment): string => (isOwnScript(env) && env['INIT_CWD']) || process.cwd()

/** How the user called the program, so that hints can be typed as they are shown. */
export function programName(env: Environment): string {
  if (env['npm_lifecycle_event'] === 'npx') return 'npx threadmill'
  return env['npm_lifecycle_event'] === 'start' && isOwnScript(env) ? 'npm start --' : 'threadmill'
}
