/** Thrown when a model's answer is incomplete. The message continues after the name of the model: "sent nothing". */
export class BrokenAnswer extends Error {
  override name = 'BrokenAnswer'
  /** True when nothing arrived in time. */
  readonly silent: boolean
  constructor(message: string, { silent = false } = {}) {
    super(message)
    this.silent = silent
  }
}
