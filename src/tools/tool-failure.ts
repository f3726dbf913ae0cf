/**
 * Thrown when a tool itself cannot work, as opposed to a program that fails in it. Its text is shown in `last_error`.
 */
export class ToolFailure extends Error {
  override name = 'ToolFailure'
}
