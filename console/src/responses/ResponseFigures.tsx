import { Anchor, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { costOf, usePrice } from '../api/prices.ts'
import { usageOf, type Response, type ResponseSpan } from '../api/responses.ts'
import { Facts, pairsInWords } from '../parts/Facts.tsx'
import { shorten } from '../parts/Identifier.tsx'
import { count, money } from '../parts/quantities.ts'

interface Props {
  response: Response
  spans: ResponseSpan[] | undefined
}

/** On what it ran, what it belongs to, and what it cost. */
export function ResponseFigures({ response, spans = [] }: Props) {
  const served = spans.findLast((span) => span.type === 'model_turn')?.served_model
  const price = usePrice(response.model, served)
  const usage = usageOf(response)
  const cached = usage?.prompt_token_details.cached_tokens ?? 0
  const reasoning = usage?.completion_tokens_details.reasoning_tokens ?? 0
  const { previous_response_id: previous, conversation } = response
  return (
    <Facts
      facts={{
        Model: (
          <>
            {response.model}
            {served !== undefined && served !== response.model && <Dimmed> served by {served}</Dimmed>}
          </>
        ),
        'Goes on with': previous ? <To room="responses" id={previous} /> : undefined,
        Conversation: conversation ? <To room="conversations" id={conversation.id} /> : undefined,
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
        Cost: <Cost usage={usage} price={price} />,
        Runs: response.background ? 'in the background' : undefined,
        Traces: (
          <Anchor component={Link} to={`~/traces?response=${response.id}`} inherit>
            Find its traces
          </Anchor>
        ),
        Metadata: pairsInWords(response.metadata),
      }}
    />
  )
}

interface CostProps {
  usage: ReturnType<typeof usageOf>
  /** Null where there is none, undefined while it loads. */
  price: ReturnType<typeof usePrice>
}

function Cost({ usage, price }: CostProps) {
  if (price === undefined) return '…'
  if (price === null) return <Dimmed>no price known</Dimmed>
  return usage ? money(costOf(usage, price)) : '–'
}

const To = ({ room, id }: { room: string; id: string }) => (
  <Anchor component={Link} to={`~/${room}/${encodeURIComponent(id)}`} inherit title={id}>
    {shorten(id)}
  </Anchor>
)

const Dimmed = ({ children }: { children: ReactNode }) => (
  <Text component="span" fz="xs" c="dimmed">
    {children}
  </Text>
)
