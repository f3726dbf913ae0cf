import type { Request } from './call.ts'

/** The first releases of OpenAI's clients whose stream helpers know that an `incomplete` run is over. */
const knownSince: Record<string, [major: number, minor: number, patch: number]> = {
  js: [5, 1, 1],
  python: [1, 31, 0],
}

/**
 * The name of the event by which this client learns that a run ended as `incomplete`. Until the spring of 2024 the
 * original sent `thread.run.completed`, with the status in the run. Helpers from before the new event wait for ever, or
 * throw. Clients identify themselves in `x-stainless-lang` and `x-stainless-package-version`.
 */
export function incompleteEvent(c: Request): 'thread.run.incomplete' | 'thread.run.completed' {
  const since = knownSince[c.req.header('x-stainless-lang') ?? '']
  const version = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})/.exec(c.req.header('x-stainless-package-version') ?? '')
  if (!since || !version) return 'thread.run.incomplete'
  const given = version.slice(1).map(Number)
  const at = since.findIndex((number, place) => number !== given[place])
  const older = at >= 0 && (given[at] ?? 0) < (since[at] ?? 0)
  return older ? 'thread.run.completed' : 'thread.run.incomplete'
}
