import { Anchor, Button, Skeleton, Tabs, Text } from '@mantine/core'
import { Pencil1Icon, StopIcon } from '@radix-ui/react-icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useSearchParams } from 'wouter'
import { useClient } from '../api/client.ts'
import { cancelRun, isOver, runQuery, timelineQuery, type Run, type RunSpan } from '../api/runs.ts'
import { Failure, hasNothing } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { JsonView } from '../parts/JsonView.tsx'
import { Page } from '../parts/Page.tsx'
import { StateLabel } from '../parts/StateLabel.tsx'
import { Time } from '../parts/Time.tsx'
import { CopyAsCode } from './CopyAsCode.tsx'
import { ContextView } from './ContextView.tsx'
import { Notice } from '../parts/Notice.tsx'
import { RunAsks } from '../parts/RunAsks.tsx'
import { EventList } from '../parts/EventList.tsx'
import { RunFailure } from '../parts/RunFailure.tsx'
import { RunFigures } from './RunFigures.tsx'
import classes from './RunPage.module.css'
import { Steps } from './Steps.tsx'
import { Waterfall } from './Waterfall.tsx'

const trail = (
  <Anchor component={Link} to="~/runs" inherit>
    Runs
  </Anchor>
)

/** One run: how it went, what it cost, and why. */
export function RunPage({ id }: { id: string }) {
  const one = useQuery(runQuery(useClient(), id))
  const { data: run, error, refetch } = one
  if (hasNothing(one))
    return (
      <Page title="Run" trail={trail} about={<Identifier id={id} />}>
        <Failure error={error} onRetry={() => void refetch()} />
      </Page>
    )
  return (
    <Page
      title="Run"
      trail={trail}
      about={
        <>
          <Identifier id={id} />
          {run && <StateLabel status={run.status} />}
          {run && (
            <Text fz="sm" c="dimmed">
              <Time at={run.created_at} />
            </Text>
          )}
        </>
      }
      actions={run && <RunActions run={run} />}
    >
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {run ? <RunContent run={run} /> : <Skeleton height={120} />}
    </Page>
  )
}

function RunActions({ run }: { run: Run }) {
  const client = useClient()
  const queries = useQueryClient()
  const cancelling = useMutation({
    mutationFn: () => cancelRun(client, run),
    onSettled: () => queries.invalidateQueries({ queryKey: ['/runs', 'one', run.id] }),
  })
  return (
    <>
      {!isOver(run) && (
        <Button
          leftSection={<StopIcon />}
          loading={cancelling.isPending}
          disabled={run.status === 'cancelling'}
          onClick={() => cancelling.mutate()}
        >
          Cancel the run
        </Button>
      )}
      <Button component={Link} to={`~/playground/${run.thread_id}`} leftSection={<Pencil1Icon />}>
        Open in the playground
      </Button>
      <CopyAsCode run={run} />
    </>
  )
}

const isFailedCall = (span: RunSpan): span is Extract<RunSpan, { type: 'tool_call' }> =>
  span.type === 'tool_call' && span.status === 'failed'

function RunContent({ run }: { run: Run }) {
  const client = useClient()
  const { data: spans } = useQuery(timelineQuery(client, run))
  const [params, setParams] = useSearchParams()
  const turns = spans?.filter((span) => span.type === 'model_turn') ?? []
  // Of a run that the model has failed, what it was sent says more than the steps before it.
  const failedTurn = spans ? isOver(run) && turns.at(-1)?.status === 'failed' : run.last_error !== null
  const failedCall = run.last_error && spans?.findLast(isFailedCall)
  const tab = params.get('tab') ?? (failedTurn && !params.has('step') ? 'context' : 'steps')
  const step = params.get('step') ?? failedCall?.call_id ?? null
  const turn = Number(params.get('turn') ?? turns.length)
  const current =
    tab === 'context'
      ? turns[turn - 1]
      : spans?.find((span) => span.type === 'tool_call' && span.call_id === step)
  return (
    <>
      <div className={classes.notices}>
        <RunFailure run={run} spans={spans} />
        {run.status === 'requires_action' && <RunAsks run={run} />}
        {run.status_details && (
          <Notice tone="waiting" title="The run waits">
            {run.status_details.message}
          </Notice>
        )}
      </div>
      <RunFigures run={run} spans={spans} />
      <section aria-label="Timeline" className={classes.timeline}>
        <Waterfall run={run} current={current?.id} />
      </section>
      <Tabs value={tab} onChange={(next) => setParams({ tab: next ?? 'steps' })}>
        <Tabs.List mb="md">
          <Tabs.Tab value="steps">Steps</Tabs.Tab>
          <Tabs.Tab value="context">Context</Tabs.Tab>
          <Tabs.Tab value="events">Events</Tabs.Tab>
          <Tabs.Tab value="raw">Raw</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="steps">
          <Steps key={step} run={run} spans={spans} opened={step} />
        </Tabs.Panel>
        <Tabs.Panel value="context">
          <ContextView run={run} turns={spans && turns} number={turn} />
        </Tabs.Panel>
        <Tabs.Panel value="events">
          <EventList path={`/threads/${run.thread_id}/runs/${run.id}/events`} isOver={isOver(run)} />
        </Tabs.Panel>
        <Tabs.Panel value="raw">
          <JsonView value={run} />
        </Tabs.Panel>
      </Tabs>
    </>
  )
}
