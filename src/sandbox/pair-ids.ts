/** What runs Python. */
export const engines = ['jupyter', 'python', 'pyodide'] as const
export type Engine = (typeof engines)[number]

/** What confines an engine, and around which engines it can be put. */
const launchers = {
  zygote: ['jupyter', 'python'],
  bwrap: ['jupyter', 'python', 'pyodide'],
  unshare: ['jupyter', 'python', 'pyodide'],
  landlock: ['jupyter', 'python', 'pyodide'],
  docker: ['jupyter', 'python'],
  'sandbox-exec': ['pyodide'],
  permission: ['pyodide'],
} as const satisfies Record<string, readonly Engine[]>
export type LauncherId = keyof typeof launchers

export type PairId = `${Engine}+${LauncherId}`

/** What the operator may ask for: the best, none, an engine with its best launcher, or one pair and no other. */
export type Wanted = 'auto' | 'off' | Engine | PairId

const pairs = Object.entries(launchers).flatMap(([launcher, around]) =>
  around.map((engine) => `${engine}+${launcher}`),
)
const wanted: readonly string[] = ['auto', 'off', ...engines, ...pairs]

export const isWanted = (text: string): text is Wanted => wanted.includes(text)

/** For the operator who has named none of them. */
export const wantedInWords = `"auto", "off", an engine (${engines.join(', ')}) or a pair (${pairs.join(', ')})`
