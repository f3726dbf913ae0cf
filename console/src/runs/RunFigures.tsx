import { Anchor, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { costOf, usePrice } from '../api/prices.ts'
import type { ModelTurn, Run, RunSpan } from '../api/runs.ts'
import { AssistantName } from '../parts/AssistantName.tsx'
import { Facts } from '../parts/Facts.tsx'
import { shorten } from '../parts/Identifier.tsx'
import { count, money } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import { beginsAttempt } from './span-in-words.ts'
import { totalUsage } from './total-usage.ts'

/** Who ran on what, and what it cost. */
export function RunFigures({ run, spans }: { run: Run; spans: RunSpan[] | undefined }) {
  const turns = spans?.filter((span): span is ModelTurn => span.type === 'model_turn') ?? []
  const usage = run.usage ?? totalUsage(turns)
  const served = turns.at(-1)?.served_model
  const others = [...new Set(turns.map(({ served_model }) => served_model))].filter(
    (one) => one !== run.model,
  )
  const price = usePrice(run.model, served)
  const retries = spans?.filter(({ type }) => type === 'retry').length ?? 0
  const attempts = countAttempts(spans ?? [])
  const cached = usage?.prompt_token_details.cached_tokens ?? 0
  const reasoning = usage?.completion_tokens_details.reasoning_tokens ?? 0
  return (
    <Facts
      facts={{
        Model: (
          <>
            {run.model}
            {others.length > 0 && <ServedBy asked={run.model} served={others} />}
          </>
        ),
        Assistant: <AssistantName id={run.assistant_id} />,
        Thread: (
          <Anchor component={Link} to={`~/threads/${run.thread_id}`} inherit title={run.thread_id}>
            {shorten(run.thread_id)}
          </Anchor>
        ),
        'Tokens in': (
          <>
            {usage ? count(usage.prompt_tokens) : '–'}
            {cached > 0 && <Dimmed> {count(cached)} cached</Dimmed>}
          </>
        ),
        'Tokens out': (
          <>
            {usage ? count(usage.completion_tokens) : '–'}
            {reasoning > 0 && <Dimmed> {count(reasoning)} reasoning</Dimmed>}
          </>
        ),
        Cost: <Cost run={run} usage={usage} price={price} />,
        Attempts:
          attempts > 1 || retries > 0 ? <Attempts attempts={attempts} retries={retries} /> : undefined,
      }}
    />
  )
}

interface CostProps {
  run: Run
  usage: Run['usage'] | undefined
  /** Null where there is none, undefined while it loads. */
  price: ReturnType<typeof usePrice>
}

function Cost({ run, usage, price }: CostProps) {
  if (price === undefined) return '…'
  if (price === null) return <PriceUnknown model={run.model} />
  return usage ? money(costOf(usage, price)) : '–'
}

/** The page of the model says where a price is given. */
const PriceUnknown = ({ model }: { model: string }) => (
  <Anchor component={Link} to={`~/models/${encodeURIComponent(model)}`} inherit c="dimmed">
    no price known
  </Anchor>
)

/** An attempt that only goes on after the caller's answer is none that went wrong before. */
const countAttempts = (spans: RunSpan[]): number =>
  1 +
  spans.filter((_, index) => beginsAttempt(spans, index) && spans[index - 1]?.type !== 'required_action')
    .length

const Attempts = ({ attempts, retries }: { attempts: number; retries: number }) => (
  <>
    {count(attempts)}
    {retries > 0 && (
      <Dimmed>
        {' '}
        {retries} {retries === 1 ? 'retry' : 'retries'}
      </Dimmed>
    )}
  </>
)

/**
 * Another model has answered than was asked for. A dated version of the same one, or its name with the provider's, is
 * nothing to be warned of.
 */
const ServedBy = ({ asked, served }: { asked: string; served: string[] }) =>
  served.every((name) => isSameModel(asked, name)) ? (
    <Dimmed> served by {served.join(', ')}</Dimmed>
  ) : (
    <div>
      <StateLabel status="warning" words={`served by ${served.join(', ')}`} />
    </div>
  )

const isSameModel = (asked: string, served: string) =>
  asked.endsWith(`/${served}`) ||
  served.endsWith(`/${asked}`) ||
  (served.startsWith(asked) && /^-[\d-]+$/.test(served.slice(asked.length)))

const Dimmed = ({ children }: { children: ReactNode }) => (
  <Text component="span" fz="xs" c="dimmed">
    {children}
  </Text>
)
