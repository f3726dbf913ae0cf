/** Something that a check has found. */
export interface Problem {
  /** What it is about: an id, or the name of a table. */
  id: string
  /** What is wrong, in words that follow the id. */
  problem: string
  /** Mends it without losing anything. Returns what was done, or undefined when that was not possible after all. */
  mend?: () => Promise<string | undefined>
  /** What a person can do where nothing mends it. */
  advice: string
}

/** The result of one check. */
export interface Checked {
  what: 'Database' | 'Contents' | 'Containers' | 'Text index' | 'Usage'
  /** What was looked at, with numbers. */
  seen: string
  problems: Problem[]
}
