/** Where in a JSON value: names and indexes from the outside in. */
export type Path = readonly (string | number)[]

/** Something to mend in a JSON text, or to know of it. */
export interface Problem {
  message: string
  path: Path
  /** It can be saved as it is. */
  isHint?: boolean
  /** Where in the text, when it is no JSON. */
  at?: number
}

/** What can not be saved, in one text. Undefined when everything can. */
export const faultIn = (problems: readonly Problem[]): string | undefined =>
  problems.find(({ isHint }) => !isHint)?.message

/** `tools[1].function.parameters`, as errors of the API name a place, becomes `['tools', 1, 'function', 'parameters']`. */
export const pathOf = (param: string): Path =>
  Array.from(param.matchAll(/[^.[\]]+/g), ([part]) => (/^\d+$/.test(part) ? Number(part) : part))
