/** `nobody`, in numbers. */
const nobody = 65_534

/** User and group of the kernels when this process is root; otherwise they are its own. */
export const sandboxUser = (): number | undefined => (process.getuid?.() === 0 ? nobody : undefined)
