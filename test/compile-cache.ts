const { NODE_COMPILE_CACHE } = process.env

/**
 * For the environment of a program that gets nothing else of ours: where Node keeps what it has compiled, if this process
 * was told. The program starts in half the processor time, and does nothing differently.
 */
export const compileCache: Record<string, string> =
  NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }
