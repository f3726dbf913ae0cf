import { Anchor, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { RunStep } from '../../../src/contract/run-steps.ts'
import type { Run } from '../../../src/contract/runs.ts'
import { useClient } from '../api/client.ts'
import { stepsQuery } from '../api/runs.ts'
import { Identifier } from '../parts/Identifier.tsx'
import { count, duration } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import classes from './Playground.module.css'

/** What the newest run does, or has done, in short. */
export function RunPanel({ run }: { run: Run | undefined }) {
  if (!run)
    return (
      <Text fz="sm" c="dimmed">
        What a run does is shown here: its steps, how long they take, and the tokens.
      </Text>
    )
  return <KnownRun run={run} />
}

function KnownRun({ run }: { run: Run }) {
  const { data: steps = [] } = useQuery(stepsQuery(useClient(), run.thread_id, run.id))
  const ended = run.completed_at ?? run.failed_at ?? run.cancelled_at
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <StateLabel status={run.status} />
        <Identifier id={run.id} />
      </Group>
      <dl className={classes.facts}>
        <Fact name="Model">{run.model}</Fact>
        {ended !== null && <Fact name="Time">{duration(ended - run.created_at)}</Fact>}
        {run.usage && (
          <>
            <Fact name="Tokens in">{count(run.usage.prompt_tokens)}</Fact>
            <Fact name="Tokens out">{count(run.usage.completion_tokens)}</Fact>
          </>
        )}
      </dl>
      <ol className={classes.steps} aria-label="Steps of the run">
        {steps.map((step) => (
          <StepLine key={step.id} step={step} />
        ))}
      </ol>
      {run.last_error && (
        <Text fz="sm" c="var(--state-failed)">
          {run.last_error.message}
        </Text>
      )}
      <Anchor component={Link} to={`~/runs/${run.id}`} fz="sm">
        Timeline, context and events
      </Anchor>
    </Stack>
  )
}

const Fact = ({ name, children }: { name: string; children: string }) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
)

function StepLine({ step }: { step: RunStep }) {
  const ended = step.completed_at ?? step.failed_at ?? step.cancelled_at
  return (
    <li>
      <Group gap="sm" wrap="nowrap">
        <Text fz="sm" truncate flex={1}>
          {nameOfStep(step)}
        </Text>
        <Text fz="xs" c="dimmed">
          {step.usage && `${count(step.usage.total_tokens)} tokens`}
        </Text>
        {step.status === 'completed' ? (
          <Text fz="xs" c="dimmed" miw={36} ta="right">
            {ended !== null && duration(ended - step.created_at)}
          </Text>
        ) : (
          <StateLabel status={step.status} />
        )}
      </Group>
    </li>
  )
}

function nameOfStep({ step_details }: RunStep): string {
  if (step_details.type === 'message_creation') return 'Message'
  const names = step_details.tool_calls.map((call) =>
    call.type === 'function'
      ? call.function.name
      : ({ code_interpreter: 'Python', file_search: 'File search' }[call.type] ??
        (call as { type: string }).type),
  )
  return names.join(', ') || 'Tools'
}
