/** Work for the code interpreter: programs to try one after another, and the answer in words from the output. */
export interface Task {
  programs: string[]
  /** Of the output of a program that ended well. */
  answer: (output: string) => string
  /** What it is about, for the words of a failure. */
  about: string
}
