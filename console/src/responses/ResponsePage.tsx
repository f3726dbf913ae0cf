import { Anchor, Button, Skeleton, Tabs, Text } from '@mantine/core'
import { StopIcon } from '@radix-ui/react-icons'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useLocation, useSearchParams } from 'wouter'
import { useClient } from '../api/client.ts'
import { rowsOf } from '../api/pages.ts'
import {
  inputPagesQuery,
  isOver,
  responsePath,
  responseQuery,
  responseTimelineQuery,
  type Response,
  type ResponseTurn,
} from '../api/responses.ts'
import { DeleteButton } from '../parts/DeleteButton.tsx'
import { EventList } from '../parts/EventList.tsx'
import { Failure, hasNothing } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { JsonView } from '../parts/JsonView.tsx'
import { Notice } from '../parts/Notice.tsx'
import { Page } from '../parts/Page.tsx'
import { StateLabel } from '../parts/StateLabel.tsx'
import { Time } from '../parts/Time.tsx'
import { visible } from '../parts/visible.ts'
import { withoutMarks } from '../parts/without-marks.ts'
import { CopyResponse } from './CopyResponse.tsx'
import { ResponseChain } from './ResponseChain.tsx'
import { ResponseContextView } from './ResponseContextView.tsx'
import { ResponseFigures } from './ResponseFigures.tsx'
import { ResponseItems } from './ResponseItems.tsx'
import classes from './Responses.module.css'
import { ResponseWaterfall } from './ResponseWaterfall.tsx'

const trail = (
  <Anchor component={Link} to="~/responses" inherit>
    Responses
  </Anchor>
)

/** One response: what went in, what came out, how it went and what it cost. */
export function ResponsePage({ id }: { id: string }) {
  const one = useQuery(responseQuery(useClient(), id))
  const { data: response, error, refetch } = one
  const title = useTitle(id)
  if (hasNothing(one))
    return (
      <Page title="Response" trail={trail} about={<Identifier id={id} />}>
        <Failure error={error} onRetry={() => void refetch()} />
      </Page>
    )
  return (
    <Page
      title={title}
      trail={trail}
      about={
        <>
          <Identifier id={id} />
          {response && <StateLabel status={response.status} />}
          {response && (
            <Text fz="sm" c="dimmed">
              <Time at={response.created_at} />
            </Text>
          )}
        </>
      }
      actions={response && <ResponseActions response={response} />}
    >
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {response ? <ResponseContent response={response} /> : <Skeleton height={120} />}
    </Page>
  )
}

/** What the user has said last before it. */
function useTitle(id: string): string {
  const { data } = useInfiniteQuery(inputPagesQuery(useClient(), id))
  const said = rowsOf(data)?.find((item) => item.type === 'message' && item.role === 'user')
  const text = said?.type === 'message' ? said.content.map((part) => ('text' in part ? part.text : '')) : []
  const line = text.join(' ').replaceAll(/\s+/g, ' ').trim()
  const short = line.length > longestTitle ? `${line.slice(0, longestTitle - 1)}…` : line
  return withoutMarks(visible(short) ?? 'Response')
}

/** As long as those of lists. */
const longestTitle = 120

function ResponseActions({ response }: { response: Response }) {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const cancelling = useMutation({
    mutationFn: () => client.post(`${responsePath(response.id)}/cancel`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['/responses', 'one', response.id] }),
  })
  return (
    <>
      {!isOver(response) && response.background && (
        <Button leftSection={<StopIcon />} loading={cancelling.isPending} onClick={() => cancelling.mutate()}>
          Cancel the response
        </Button>
      )}
      {isOver(response) && (
        <DeleteButton
          says="Delete response"
          onDelete={async () => {
            await client.delete(responsePath(response.id))
            await queries.invalidateQueries({ queryKey: ['/responses'] })
            navigate('~/responses')
          }}
        >
          Its input and output go with it. Responses that go on with it then go on with the one before it.
          This cannot be undone.
        </DeleteButton>
      )}
      <CopyResponse response={response} />
    </>
  )
}

const incompleteBecause = {
  max_output_tokens: 'The answer was longer than max_output_tokens allowed.',
  content_filter: 'The provider has held the answer back.',
  steered: 'Something was said while it was made: the response that goes on with it answers that.',
}

function ResponseContent({ response }: { response: Response }) {
  const {
    data: spans,
    error,
    refetch,
    dataUpdatedAt,
  } = useQuery(responseTimelineQuery(useClient(), response))
  const [params, setParams] = useSearchParams()
  const turns = (spans ?? []).filter((span): span is ResponseTurn => span.type === 'model_turn')
  const tab = params.get('tab') ?? 'items'
  const turn = Number(params.get('turn') ?? turns.length)
  return (
    <>
      <div className={classes.notices}>
        {response.error && (
          <Notice tone="failed" title={`Failed: ${response.error.code.replaceAll('_', ' ')}`}>
            {response.error.message}
          </Notice>
        )}
        {response.incomplete_details && (
          <Notice tone="asking" title="Incomplete">
            {incompleteBecause[response.incomplete_details.reason]}
          </Notice>
        )}
      </div>
      <ResponseFigures response={response} spans={spans} />
      <section aria-label="Timeline" className={classes.timeline}>
        {error && !spans ? (
          <Failure error={error} onRetry={() => void refetch()} />
        ) : (
          <ResponseWaterfall
            response={response}
            spans={spans}
            now={dataUpdatedAt / 1_000}
            current={tab === 'context' ? turns[turn - 1]?.id : undefined}
          />
        )}
      </section>
      <Tabs value={tab} onChange={(next) => setParams({ tab: next ?? 'items' })}>
        <Tabs.List mb="md">
          <Tabs.Tab value="items">Items</Tabs.Tab>
          <Tabs.Tab value="chain">Chain</Tabs.Tab>
          <Tabs.Tab value="context">Context</Tabs.Tab>
          <Tabs.Tab value="events">Events</Tabs.Tab>
          <Tabs.Tab value="raw">Raw</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="items">
          <ResponseItems response={response} />
        </Tabs.Panel>
        <Tabs.Panel value="chain">
          <ResponseChain response={response} />
        </Tabs.Panel>
        <Tabs.Panel value="context">
          <ResponseContextView response={response} turns={turns} number={turn} />
        </Tabs.Panel>
        <Tabs.Panel value="events">
          <EventList path={`${responsePath(response.id)}/events`} isOver={isOver(response)} />
        </Tabs.Panel>
        <Tabs.Panel value="raw">
          <JsonView value={response} />
        </Tabs.Panel>
      </Tabs>
    </>
  )
}
