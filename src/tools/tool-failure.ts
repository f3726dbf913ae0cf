/** A tool of ours that cannot do its work, as opposed to a program that fails in it; its text is for `last_error`. */
export class ToolFailure extends Error {
  override name = 'ToolFailure'
}
