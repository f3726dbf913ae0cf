/** Work for the code interpreter: programs to try one after another, and the answer in words from the output. */
export interface Task {
  /** A program whose output decides on the others: it is run first, and is no answer. */
  first?: string
  programs: string[]
  /** Makes the answer from the output of a program that succeeded, or from an empty text when there is no program. */
  answer: (output: string) => string
  /** What the task is about, for the text of a failure. */
  about: string
}

/** A task that needs no program: its answer is known, as where something is refused. */
export const said = (text: string): Task => ({ programs: [], about: 'this', answer: () => text })
