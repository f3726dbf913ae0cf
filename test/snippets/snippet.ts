/** A program as models write it, and what must come of it on every engine. */
export interface Snippet {
  /** Its row in the table. */
  name: string
  /** One cell, or several that are run one after another. */
  code: string | string[]
  /** Modules besides the standard library that must be there: without them the snippet is left out. */
  needs?: string[]
  /** Why an engine cannot run it: it is left out there, and the table says so. */
  not?: { pyodide: string }
  /** In what the model is told of the last cell, as text. */
  text?: RegExp
  /** Nothing of this may be told. */
  without?: RegExp
  /** How many pictures the last cell shows. */
  pictures?: number
  /** Files that the cells have written, at least. */
  files?: string[]
  /** In the error that the last cell ends with; none is expected otherwise. */
  error?: RegExp
}

const noProcesses = 'Pyodide cannot start processes'
/** For programs that start others. */
export const native = { not: { pyodide: noProcesses } }
