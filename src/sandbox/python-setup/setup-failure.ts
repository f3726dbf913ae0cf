/** Why there is no private environment, and what the user can do about it. */
export class SetupFailure extends Error {
  override name = 'SetupFailure'
}

/** The package index answers, but does not have the files that are named. */
export class NotInIndex extends SetupFailure {
  override name = 'NotInIndex'
}
