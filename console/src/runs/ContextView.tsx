import { Skeleton, Text } from '@mantine/core'
import { useMemo } from 'react'
import type { ModelTurn, Run } from '../api/runs.ts'
import { useFilter } from '../parts/use-filter.ts'
import { VirtualList } from '../parts/VirtualList.tsx'
import { ContextBar } from './ContextBar.tsx'
import { ContextFigures } from './ContextFigures.tsx'
import { groupOf, groupShares, partKey, type ContextGroup } from './context-groups.ts'
import { ContextPartView } from './ContextPartView.tsx'
import { TurnChooser } from './TurnChooser.tsx'

interface Props {
  run: Run
  /** Undefined while they load. */
  turns: ModelTurn[] | undefined
  /** Which turn is shown, from 1. */
  number: number
}

/** What the model was sent in one turn, part by part: why it said that, and why it was so expensive. */
export function ContextView({ run, turns, number }: Props) {
  if (!turns) return <Skeleton height={8} width="60%" my={10} />
  const turn = turns[number - 1]
  if (!turn)
    return (
      <Text fz="sm" c="dimmed">
        Nothing is kept of what the model was sent{turns.length > 0 ? ' in this turn' : ''}.
      </Text>
    )
  return (
    <>
      {turns.length > 1 && <TurnChooser runId={run.id} turns={turns} number={number} />}
      <ContextFigures run={run} turn={turn} />
      <ContextParts key={turn.id} run={run} turn={turn} before={turns[number - 2]} />
    </>
  )
}

function ContextParts({ run, turn, before }: { run: Run; turn: ModelTurn; before: ModelTurn | undefined }) {
  const [chosen, choose] = useFilter('part')
  const { parts, tokens } = turn.context
  const shares = useMemo(() => groupShares(parts), [parts])
  const earlier = useMemo(
    () => before && new Set(before.context.parts.map((part, index) => partKey(part, index))),
    [before],
  )
  const shown = parts
    .map((part, index) => ({ part, index, key: partKey(part, index) }))
    .filter(({ part }) => chosen === null || groupOf(part) === chosen)
  return (
    <>
      <ContextBar
        shares={shares}
        tokens={tokens}
        chosen={chosen as ContextGroup | null}
        onChoose={(group) => choose(group === chosen ? null : group)}
      />
      <VirtualList
        name="Parts of the prompt"
        items={shown}
        itemId={({ key, index }) => `${key} ${index}`}
        estimate={() => 32}
      >
        {({ part, key }) => (
          <ContextPartView
            part={part}
            run={run}
            share={tokens > 0 ? (part.tokens ?? 0) / tokens : 0}
            isNew={earlier !== undefined && !earlier.has(key)}
          />
        )}
      </VirtualList>
    </>
  )
}
