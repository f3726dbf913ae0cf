/** Work for the code interpreter: programs to try one after another, and the answer in words from the output. */
export interface Task {
  /** A program whose output decides on the others: it is run first, and is no answer. */
  first?: string
  programs: string[]
  /** Of the output of a program that ended well; of nothing where there is no program. */
  answer: (output: string) => string
  /** What it is about, for the words of a failure. */
  about: string
}

/** A task that needs no program: its answer is known, as where something is refused. */
export const said = (text: string): Task => ({ programs: [], about: 'this', answer: () => text })
