import { ApiError } from '../errors/errors.ts'

export interface Route {
  method: string
  /** `:name` stands for a variable part of the path, and `:name{.+}` for one that may contain slashes. */
  path: string
}

/**
 * Explains why no route answers a path: it does not exist, or it has other methods. `mounts` are the prefixes of the
 * routes, longest first.
 */
export function unknownRoute(routes: readonly Route[], mounts: readonly string[]) {
  const known = routes.map(({ method, path }) => ({ method, pattern: patternOf(path) }))
  return (method: string, path: string): { error: ApiError; allow?: string } => {
    const mount = mounts.find((prefix) => path.startsWith(`${prefix}/`))
    const rest = mount === undefined ? undefined : path.slice(mount.length).replace(/\/$/, '')
    const misplaced = misplacement(path, mounts)
    if (misplaced !== undefined && known.some(({ pattern }) => pattern.test(misplaced.route))) {
      return { error: new ApiError(404, `Invalid URL (${method} ${path}). ${misplaced.hint}`) }
    }
    const methods = known.flatMap((route) =>
      rest !== undefined && route.pattern.test(rest) ? [route.method] : [],
    )
    if (methods.length === 0 || methods.includes(method)) {
      return { error: new ApiError(404, `Invalid URL (${method} ${path})`) }
    }
    const hint = '(HINT: Perhaps you meant to use a different HTTP method?)'
    return {
      error: new ApiError(405, `Not allowed to ${method} on ${path}. ${hint}`),
      allow: [...new Set(methods)].join(', '),
    }
  }
}

/** Finds a base URL without `/v1`, or with it twice, and what was meant. */
function misplacement(path: string, mounts: readonly string[]): { route: string; hint: string } | undefined {
  const twice = /^(?:\/v1){2,}(?=\/)/.exec(path)?.[0]
  if (twice !== undefined)
    return { route: path.slice(twice.length), hint: 'The base URL of a client ends in /v1 once.' }
  if (mounts.some((prefix) => path.startsWith(`${prefix}/`))) return undefined
  return { route: path, hint: `The base URL of a client ends in /v1 here: perhaps you meant /v1${path}.` }
}

const patternOf = (path: string) =>
  new RegExp(`^${path.replaceAll(/:\w+\{\.\+\}/g, '.+').replaceAll(/:\w+/g, '[^/]+')}$`)
