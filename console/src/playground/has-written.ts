/** The state of the address of a thread or a response that somebody has begun by writing: they write on. */
export const hasWritten = { hasWritten: true }
