/** Why there is no private environment, and what the person at the terminal can do about it. */
export class SetupFailure extends Error {
  override name = 'SetupFailure'
}

/** The package index answers, and has not the files that are named. */
export class NotInIndex extends SetupFailure {
  override name = 'NotInIndex'
}
