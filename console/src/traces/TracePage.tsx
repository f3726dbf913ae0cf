import { Anchor, Skeleton, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import { useClient } from '../api/client.ts'
import { deleteTrace, traceQuery, type Trace } from '../api/traces.ts'
import { DeleteButton } from '../parts/DeleteButton.tsx'
import { Facts, pairsInWords } from '../parts/Facts.tsx'
import { Failure } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { Notice } from '../parts/Notice.tsx'
import { Page } from '../parts/Page.tsx'
import { count, duration } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import { Time } from '../parts/Time.tsx'
import classes from './Traces.module.css'
import { traceName } from './TracesPage.tsx'
import { TraceWaterfall } from './TraceWaterfall.tsx'

const trail = (
  <Anchor component={Link} to="~/traces" inherit>
    Traces
  </Anchor>
)

/** What a program has told of one of its runs. */
export function TracePage({ id }: { id: string }) {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const { data: trace, error, refetch } = useQuery(traceQuery(client, id))
  if (error)
    return (
      <Page title="Trace" trail={trail} about={<Identifier id={id} />}>
        <Failure error={error} onRetry={() => void refetch()} />
      </Page>
    )
  if (!trace)
    return (
      <Page title="Trace" trail={trail} about={<Identifier id={id} />}>
        <Skeleton height={120} />
      </Page>
    )
  return (
    <Page
      title={traceName(trace)}
      trail={trail}
      about={
        <>
          <Identifier id={id} />
          {trace.errors > 0 && (
            <StateLabel
              status="failed"
              words={trace.errors === 1 ? '1 error' : `${count(trace.errors)} errors`}
            />
          )}
          <Text fz="sm" c="dimmed">
            <Time at={trace.created_at} />
          </Text>
        </>
      }
      actions={
        <DeleteButton
          says="Delete trace"
          onDelete={async () => {
            await deleteTrace(client, id)
            await queries.invalidateQueries({ queryKey: ['/traces', 'pages'] })
            navigate('~/traces')
          }}
        >
          Its {count(trace.spans)} spans go with it. Responses that it names stay. This cannot be undone.
        </DeleteButton>
      }
    >
      {trace.dropped_spans > 0 && (
        <div className={classes.notice}>
          <Notice tone="asking" title="Not all of it is here">
            {count(trace.dropped_spans)} spans came after the {count(trace.spans)} that a trace may have.
          </Notice>
        </div>
      )}
      <TraceFacts trace={trace} />
      <TraceWaterfall trace={trace} />
    </Page>
  )
}

const TraceFacts = ({ trace }: { trace: Trace }) => (
  <Facts
    facts={{
      Agents: trace.agents.length > 0 ? <bdi>{trace.agents.join(', ')}</bdi> : undefined,
      Took:
        trace.started_at !== null && trace.ended_at !== null
          ? duration(Math.max(0, trace.ended_at - trace.started_at))
          : undefined,
      Spans: count(trace.spans),
      Group: trace.group_id ? (
        <Anchor component={Link} to={`~/traces?group=${encodeURIComponent(trace.group_id)}`} inherit>
          {trace.group_id}
        </Anchor>
      ) : undefined,
      Metadata: pairsInWords(trace.metadata),
    }}
  />
)
