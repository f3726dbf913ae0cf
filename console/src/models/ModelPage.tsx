import { Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import OpenAI from 'openai'
import { Link } from 'wouter'
import type { Model } from '../../../src/contract/models.ts'
import { useClient } from '../api/client.ts'
import { modelQuery } from '../api/model.ts'
import { Facts } from '../parts/Facts.tsx'
import { Failure } from '../parts/Failure.tsx'
import { NotFound } from '../parts/NotFound.tsx'
import { Page } from '../parts/Page.tsx'
import { count } from '../parts/quantities.ts'
import { priceInWords } from '../parts/price-in-words.ts'
import { SendTest } from './SendTest.tsx'

/** A model: where its name leads, what it can do, what it costs, and whether it answers. */
export function ModelPage({ id }: { id: string }) {
  const { data: model, error, refetch } = useQuery(modelQuery(useClient(), id))
  if (error instanceof OpenAI.NotFoundError) return <NotFound what="model" />
  return (
    <Page
      title={id}
      trail={
        <Anchor component={Link} to="/" inherit>
          Models
        </Anchor>
      }
    >
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {model && (
        <>
          <Facts facts={factsOf(model)} />
          <SendTest model={id} />
        </>
      )}
    </Page>
  )
}

function factsOf({ id, owned_by, served_by, price }: Model) {
  return {
    'Leads to': served_by && served_by.model !== id ? served_by.model : undefined,
    From: served_by?.provider ?? owned_by,
    'Context window': served_by && (
      <>
        {count(served_by.context_window)} tokens
        {!served_by.context_window_known && (
          <Text fz="xs" c="dimmed" component="span">
            {' '}
            (a guess: the provider does not tell)
          </Text>
        )}
      </>
    ),
    Tools: inWords(served_by?.tools),
    Pictures: inWords(served_by?.images),
    'JSON schemas':
      served_by && (served_by.structured_outputs ? 'kept by the provider' : 'checked by this server'),
    'Input / 1M tokens': price ? priceInWords(price.input, price.currency) : undefined,
    'Cached input':
      price && price.cached_input !== null ? priceInWords(price.cached_input, price.currency) : undefined,
    'Output / 1M tokens': price ? priceInWords(price.output, price.currency) : undefined,
    Reasoning: price && price.reasoning !== null ? priceInWords(price.reasoning, price.currency) : undefined,
    'Prices read on': price?.read_on ?? undefined,
    Price: price ? undefined : 'not known: give it one under “prices” in the config file',
  }
}

const inWords = (can: boolean | null | undefined) =>
  can === undefined ? undefined : can === null ? 'not known' : can ? 'yes' : 'no'
