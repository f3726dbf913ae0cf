import type { IndexedFile } from './observer.ts'

/** Measures the stages of a piece of work that follow each other. Times are in milliseconds of Unix time. */
export function measureStages(): { begin(stage: string): void; end(): IndexedFile['stages'] } {
  const stages: IndexedFile['stages'] = []
  const end = () => {
    const last = stages.at(-1)
    if (last) last.ended_at ||= Date.now()
    return stages
  }
  return {
    end,
    begin(stage) {
      if (stages.at(-1)?.stage === stage) return
      end()
      stages.push({ stage, started_at: Date.now(), ended_at: 0 })
    },
  }
}
