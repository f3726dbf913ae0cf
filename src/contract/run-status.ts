/** Every status of a run and where it may go from there (as recorded). The only table of it. */
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

export const mayMove = (from: RunStatus, to: RunStatus) => (moves[from] as readonly RunStatus[]).includes(to)

export const isTerminal = (status: RunStatus) => moves[status].length === 0
