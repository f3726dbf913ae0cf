import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

type Environment = Record<string, string | undefined>

/** Whether npm runs a script of this very package. */
function isOwnScript(env: Environment): boolean {
  const manifest = env['npm_package_json']
  try {
    const own = fileURLToPath(new URL('../../package.json', import.meta.url))
    return manifest !== undefined && realpathSync(manifest) === realpathSync(own)
  } catch {
    return false
  }
}

/** Where the person is. npm runs a script of a package in the folder of the package, wherever it was called. */
export const userFolder = (env: Environment): string => (isOwnScript(env) && env['INIT_CWD']) || process.cwd()

/** How the program is called here, for hints that can be typed as they are. */
export function programName(env: Environment): string {
  if (env['npm_lifecycle_event'] === 'npx') return 'npx threadmill'
  return env['npm_lifecycle_event'] === 'start' && isOwnScript(env) ? 'npm start --' : 'threadmill'
}
