/** What a program needs to make such a run. The key is not in it: programs read it from the environment. */
export interface RunCall {
  baseURL: string
  /** Of the request that creates a thread and runs it, without `stream`. */
  body: Record<string, unknown>
  /** Whether the run may ask for functions of the caller. */
  hasFunctions: boolean
}
