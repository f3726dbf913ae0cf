import type { RunRecord, RunState } from '../../contract/runs.ts'
import type { TimelineRow } from '../../store/run-timeline.ts'
import type { EventName } from '../event-names.ts'

/** A time in which nobody works on the run: it waits for a worker, or for its caller. In milliseconds of Unix time. */
export interface Wait {
  key: string
  attempt: number
  type: 'queued' | 'required_action'
  started_at: number
  ended_at?: number
  call_ids?: string[]
}

/** Reads the waits from the events of a run, which are in order. Older runs have no times but those of their rows. */
export function waitsOf(events: readonly TimelineRow[], run: RunRecord): Wait[] {
  const waits: Wait[] = []
  const isOpen = (type: Wait['type']) => waits.at(-1)?.type === type && waits.at(-1)?.ended_at === undefined
  const close = (at: number) => {
    const last = waits.at(-1)
    if (last) last.ended_at ??= Math.max(at, last.started_at)
  }
  for (const { seq, attempt, event, data, at: written } of events) {
    const at = written ?? timeOfRow(event, run)
    if (at === undefined) continue
    const key = `e${seq}`
    switch (event as EventName) {
      case 'thread.run.created':
      case 'thread.run.queued':
        if (isOpen('queued')) break
        close(at)
        waits.push({ key, attempt: attempt + 1, type: 'queued', started_at: at })
        break
      case 'thread.run.requires_action':
        waits.push({ key, attempt, type: 'required_action', started_at: at, call_ids: callsOf(data) })
        break
      case 'thread.run.in_progress':
        close(at)
    }
  }
  return waits.length > 0 ? waits : waitOfRow(run)
}

const callsOf = (data: string): string[] =>
  (JSON.parse(data) as Partial<RunState>).required_action?.submit_tool_outputs.tool_calls.map(
    ({ id }) => id,
  ) ?? []

/** The time of an event from before events had one, in milliseconds, as far as the row of the run has it. */
function timeOfRow(event: string, { created_at, state }: RunRecord): number | undefined {
  if (event === 'thread.run.created') return created_at * 1_000
  if (event === 'thread.run.in_progress' && state.started_at !== null) return state.started_at * 1_000
  return undefined
}

/** A run that was imported has no events. */
const waitOfRow = ({ created_at, state: { started_at } }: RunRecord): Wait[] => [
  {
    key: 'e1',
    attempt: 1,
    type: 'queued',
    started_at: created_at * 1_000,
    ...(started_at !== null && { ended_at: started_at * 1_000 }),
  },
]
