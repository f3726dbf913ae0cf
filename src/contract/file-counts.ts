export type VectorStoreFileStatus = 'in_progress' | 'completed' | 'failed' | 'cancelled'

/** How many files of a store or of a batch have each status. */
export interface FileCounts {
  in_progress: number
  completed: number
  failed: number
  cancelled: number
  total: number
}

export const countFiles = (counted: { status: VectorStoreFileStatus; count: number }[]): FileCounts => {
  const counts = { in_progress: 0, completed: 0, failed: 0, cancelled: 0, total: 0 }
  for (const { status, count } of counted) {
    counts[status] += count
    counts.total += count
  }
  return counts
}
