/** All statuses of a run, each with those that may follow it (as recorded). Only this table defines them. */
const moves = {
  queued: ['in_progress', 'cancelling', 'expired'],
  in_progress: ['requires_action', 'cancelling', 'completed', 'incomplete', 'failed', 'expired'],
  requires_action: ['queued', 'cancelling', 'expired'],
  cancelling: ['cancelled'],
  completed: [],
  incomplete: [],
  failed: [],
  cancelled: [],
  expired: [],
} as const satisfies Record<string, readonly string[]>

export type RunStatus = keyof typeof moves

export const runStatuses = Object.keys(moves) as RunStatus[]

export const mayMove = (from: RunStatus, to: RunStatus) => (moves[from] as readonly RunStatus[]).includes(to)

export const isTerminal = (status: RunStatus) => moves[status].length === 0
