import { Group, Progress, SegmentedControl, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { ResponseContextPart } from '../../../src/contract/responses/response-spans.ts'
import { useClient } from '../api/client.ts'
import { allInputQuery, type Item, type Response, type ResponseTurn } from '../api/responses.ts'
import { Fold } from '../parts/Fold.tsx'
import { firstLine } from '../parts/calls/calls.ts'
import { itemInWords } from '../parts/items/item-in-words.ts'
import { Instructions } from './Instructions.tsx'
import { ItemView } from '../parts/items/ItemView.tsx'
import { JsonView } from '../parts/JsonView.tsx'
import { count } from '../parts/quantities.ts'
import { useFilter } from '../parts/use-filter.ts'
import { VirtualList } from '../parts/VirtualList.tsx'
import context from '../runs/Context.module.css'
import { ContextBar } from '../runs/ContextBar.tsx'
import { percent } from '../runs/ContextFigures.tsx'
import type { ContextGroup } from '../runs/context-groups.ts'
import { groupOf, groupShares, partInWords } from './context-parts.ts'

interface Props {
  response: Response
  turns: ResponseTurn[]
  /** Which turn is shown, from 1. */
  number: number
}

/** What the model was sent in one turn, part by part. */
export function ResponseContextView({ response, turns, number }: Props) {
  const [, setTurn] = useFilter('turn')
  const [chosen, choose] = useFilter('part')
  const { data: before } = useQuery(allInputQuery(useClient(), response.id))
  const items = useMemo(
    () => new Map([...(before ?? []), ...response.output].map((item) => [item.id, item])),
    [before, response.output],
  )
  const sent = turns[number - 1]?.context
  if (!sent)
    return (
      <Text fz="sm" c="dimmed">
        Nothing is kept of what the model was sent.
      </Text>
    )
  const shown = sent.parts
    .map((part, index) => ({ part, index }))
    .filter(({ part }) => chosen === null || groupOf(part) === chosen)
  return (
    <>
      {turns.length > 1 && (
        <Group mb="sm">
          <SegmentedControl
            size="xs"
            aria-label="Model turn"
            value={String(number)}
            onChange={setTurn}
            data={turns.map((_, index) => ({ value: String(index + 1), label: `Turn ${index + 1}` }))}
          />
        </Group>
      )}
      <ContextFigures sent={sent} />
      <ContextBar
        shares={groupShares(sent.parts)}
        tokens={sent.tokens}
        chosen={chosen as ContextGroup | null}
        onChoose={(group) => choose(group === chosen ? null : group)}
      />
      <VirtualList
        name="Parts of the prompt"
        items={shown}
        itemId={({ index }) => `${number} ${index}`}
        estimate={() => 32}
      >
        {({ part }) => (
          <Part
            part={part}
            response={response}
            items={items}
            share={sent.tokens > 0 ? part.tokens / sent.tokens : 0}
          />
        )}
      </VirtualList>
    </>
  )
}

const ContextFigures = ({ sent }: { sent: ResponseTurn['context'] }) => (
  <div className={context.figures}>
    <Text fz="md" fw={600} component="p" m={0}>
      About {count(sent.tokens)} tokens sent
    </Text>
    {sent.window > 0 && (
      <Progress.Root size={6} aria-label="Context window" mt={8} mb={4}>
        <Progress.Section value={(sent.tokens / sent.window) * 100} aria-label="Sent" />
        <Progress.Section
          value={(sent.reserved / sent.window) * 100}
          color="gray.5"
          striped
          aria-label="Kept for the answer"
        />
      </Progress.Root>
    )}
    <Text fz="xs" c="dimmed">
      {percent(sent.window > 0 ? sent.tokens / sent.window : 0)} of a window of {count(sent.window)} tokens
      {!sent.window_known && ', which is a guess'}
      {sent.dropped > 0 && ` · the ${count(sent.dropped)} oldest parts of the conversation were left out`}
      {' · '}estimated here, before the provider counts
    </Text>
  </div>
)

interface PartProps {
  part: ResponseContextPart
  response: Response
  items: ReadonlyMap<string, Item>
  share: number
}

function Part({ part, response, items, share }: PartProps) {
  const group = groupOf(part)
  const first = part.type === 'items' ? items.get(part.item_ids[0] ?? '') : undefined
  return (
    <Fold
      summary={
        <>
          <span className={context.swatch} data-group={group} aria-hidden />
          <span className={context.partName}>{nameOf(part, first)}</span>
          {first && <span className={context.dimmed}>{beginningOf(first)}</span>}
        </>
      }
      aside={
        <span className={context.weight}>
          <span className={context.weightTrack} aria-hidden>
            <span style={{ width: `${share * 100}%` }} data-group={group} />
          </span>
          <span className={context.number}>{count(part.tokens)}</span>
        </span>
      }
    >
      <PartContent part={part} response={response} items={items} />
    </Fold>
  )
}

const roles = { user: 'User', assistant: 'Answer', system: 'System', developer: 'Developer' }

const nameOf = (part: ResponseContextPart, first: Item | undefined): string =>
  first?.type === 'message' ? roles[first.role] : partInWords(part)

function beginningOf(item: Item): string {
  if (item.type !== 'message') return itemInWords(item).line
  return firstLine(item.content.map((part) => ('text' in part ? part.text : '')).join(' '))
}

function PartContent({ part, response, items }: Omit<PartProps, 'share'>) {
  switch (part.type) {
    case 'instructions':
      return <Instructions response={response} />
    case 'tools':
      return <JsonView value={response.tools} />
    case 'response_format':
    case 'repeated_request':
      return <JsonView value={response.text.format} />
    case 'items': {
      const found = part.item_ids.flatMap((id) => items.get(id) ?? [])
      if (found.length > 0) return found.map((item) => <ItemView key={item.id} item={item} />)
      return (
        <Text fz="sm" c="dimmed">
          What was said then is not there any more, or stands elsewhere by now.
        </Text>
      )
    }
    default:
      return (
        <Text fz="sm" c="dimmed">
          The server writes this for the model, so that it can use what was asked for.
        </Text>
      )
  }
}
