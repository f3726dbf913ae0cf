/** Thrown where a model's answer is no whole answer. The message goes on after the model's name: "sent nothing". */
export class BrokenAnswer extends Error {
  override name = 'BrokenAnswer'
  /** Nothing came in time. */
  readonly silent: boolean
  constructor(message: string, { silent = false } = {}) {
    super(message)
    this.silent = silent
  }
}
