/** What runs Python. */
export const engines = ['jupyter', 'python', 'pyodide'] as const
export type EngineId = (typeof engines)[number]

/** What confines an engine, and the engines that each of them can confine. */
const launchers = {
  zygote: ['jupyter', 'python'],
  bwrap: ['jupyter', 'python', 'pyodide'],
  unshare: ['jupyter', 'python', 'pyodide'],
  landlock: ['jupyter', 'python', 'pyodide'],
  docker: ['jupyter', 'python'],
  'sandbox-exec': ['pyodide'],
  permission: ['pyodide'],
} as const satisfies Record<string, readonly EngineId[]>
export type LauncherId = keyof typeof launchers

export type PairId = `${EngineId}+${LauncherId}`

/** What the operator may ask for: the best pair, none, an engine with its best launcher, or exactly one pair. */
export type SandboxChoice = 'auto' | 'off' | EngineId | PairId

const pairs = Object.entries(launchers).flatMap(([launcher, around]) =>
  around.map((engine) => `${engine}+${launcher}`),
)
const wanted: readonly string[] = ['auto', 'off', ...engines, ...pairs]

export const isSandboxChoice = (text: string): text is SandboxChoice => wanted.includes(text)

/** The list of choices in an error message for the operator. */
export const sandboxChoices = `"auto", "off", an engine (${engines.join(', ')}) or a pair (${pairs.join(', ')})`
