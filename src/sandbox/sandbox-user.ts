/** The user id of `nobody`. */
const nobody = 65_534

/** The user and group of the kernels when this process is root. Otherwise kernels run as the user of this process. */
export const sandboxUser = (): number | undefined => (process.getuid?.() === 0 ? nobody : undefined)
