/** Work for the code interpreter: alternative programs, and the answer in words from the output. */
export interface Task {
  /** A program that is run before the others. Its output is not an answer, but decides which programs follow. */
  first?: string
  programs: string[]
  /** Makes the answer from the output of a program that succeeded, or from an empty text when there is no program. */
  answer: (output: string) => string
  /** Set when the programs print rows of cells: their header, or an empty list when they print that as well. */
  rows?: readonly string[]
  /** True when the question says nothing of what the task is about, so that it may be about something else. */
  isGuess?: boolean
  /** What the task is about, for the text of a failure. */
  about: string
}

/** A task that needs no program because its answer is already known, such as a refusal. */
export const said = (text: string): Task => ({ programs: [], about: 'this', answer: () => text })
