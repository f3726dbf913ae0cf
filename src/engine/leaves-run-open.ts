import { DatabaseUnavailable } from '../errors/unavailable.ts'
import { RunMoved } from '../store/runs.ts'
import { ToolFailure } from '../tools/tool-failure.ts'

/**
 * Whether an error says nothing about the run itself: the run is somebody else's by now, or the database is away. Neither
 * the model nor a tool has failed then, and a worker goes on with the run.
 */
export const leavesRunOpen = (error: unknown): boolean =>
  error instanceof RunMoved ||
  error instanceof DatabaseUnavailable ||
  (error instanceof ToolFailure && leavesRunOpen(error.cause))
