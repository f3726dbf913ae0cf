/** Why there is no private environment, and what the person at the terminal can do about it. */
export class SetupFailure extends Error {
  override name = 'SetupFailure'
}
