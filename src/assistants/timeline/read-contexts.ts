import type { ContextPart, RunContext } from '../../contract/run-spans.ts'
import type { RunStepRecord } from '../../contract/run-steps.ts'
import type { RunRecord } from '../../contract/runs.ts'
import type { SentPart } from '../../engine/sent-parts.ts'
import type { SentContext } from '../../engine/timeline.ts'
import type { Reader } from '../../store/database.ts'
import { stepsByNumber } from '../../store/run-steps.ts'
import { countBetween, messageIdsByNumber, type Counted } from '../../store/run-timeline.ts'
import { readPart, type Rows } from './read-part.ts'

type Cut = NonNullable<SentContext['cut']>
type Dropped = Extract<ContextPart, { type: 'dropped_messages' }>

/** What the model was sent in each of these turns, by their keys, with the ids of what the notes name by numbers. */
export async function readContexts(
  db: Reader,
  run: RunRecord,
  { turns, steps }: { turns: { key: string; context: SentContext }[]; steps: RunStepRecord[] },
): Promise<Map<string, RunContext>> {
  const thread = { project: run.project, threadId: run.thread_id }
  const parts = turns.flatMap(({ context }) => context.parts)
  const counts = new Map<string, Counted>()
  for (const { context } of turns) {
    const { cut } = context
    if (cut && !counts.has(keyOf(cut))) counts.set(keyOf(cut), await countBetween(db, thread, cut))
  }
  const edges = [...counts.values()].flatMap(({ first, last }) => [first, last])
  const messages = await messageIdsByNumber(db, thread, [
    ...new Set([...numbersOf(parts, 'message'), ...edges]),
  ])
  const earlier = await stepsByNumber(db, run.project, [...new Set(numbersOf(parts, 'calls'))])
  const rows: Rows = {
    messages,
    steps: new Map<string | number, RunStepRecord>([
      ...earlier.map((step) => [step.seq, step] as const),
      ...steps.map((step) => [step.id, step] as const),
    ]),
  }
  const dropped = (cut: Cut): Dropped => {
    const { count, first, last } = counts.get(keyOf(cut)) ?? { count: 0, first: 0, last: 0 }
    const idOf = (number: number) => messages.get(number) ?? null
    const { reason } = cut
    return {
      type: 'dropped_messages',
      tokens: null,
      first_id: idOf(first),
      last_id: idOf(last),
      count,
      reason,
    }
  }
  const show = ({ window, windowKnown, reserved, cut, parts: sent }: SentContext): RunContext => ({
    window,
    window_known: windowKnown,
    reserved,
    tokens: sent.reduce((sum, [, tokens]) => sum + tokens, 0),
    parts: withCut(sent, cut && counts.get(keyOf(cut))?.count ? cut : undefined).flatMap((part) =>
      'reason' in part ? dropped(part) : readPart(part, rows),
    ),
  })
  return new Map(turns.map(({ key, context }) => [key, show(context)]))
}

const keyOf = ({ after, before }: Cut) => `${after}-${before}`

/** The numbers by which parts of this kind name their rows. */
const numbersOf = (parts: SentPart[], kind: string): number[] =>
  parts.flatMap(([of, , number]) => (of === kind && typeof number === 'number' ? [number] : []))

/** What was left out stands behind the first message where that was kept, and otherwise before the first one. */
function withCut(parts: SentPart[], cut: Cut | undefined): (SentPart | Cut)[] {
  if (!cut) return parts
  const kept = parts.findIndex(([kind, , number]) => kind === 'message' && number === cut.after)
  const first = parts.findIndex(([kind]) => ['message', 'calls', 'items'].includes(kind))
  const at = kept < 0 ? first : kept + 1
  return [...parts.slice(0, at), cut, ...parts.slice(at)]
}
