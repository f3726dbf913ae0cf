import { Anchor, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Run } from '../../../src/contract/runs.ts'
import { useClient } from '../api/client.ts'
import { timelineQuery } from '../api/runs.ts'
import { Identifier } from '../parts/Identifier.tsx'
import { StateLabel } from '../parts/StateLabel.tsx'
import { CopyAsCode } from '../runs/CopyAsCode.tsx'
import { RunFigures } from '../runs/RunFigures.tsx'
import { Waterfall } from '../runs/Waterfall.tsx'

/** What the newest run does, or has done, in short. */
export function RunPanel({ run }: { run: Run | undefined }) {
  if (run) return <KnownRun run={run} />
  return (
    <Text fz="sm" c="dimmed">
      What a run does is shown here: its turns and tools, how long they take, the tokens and the cost.
    </Text>
  )
}

function KnownRun({ run }: { run: Run }) {
  const { data: spans } = useQuery(timelineQuery(useClient(), run))
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <StateLabel status={run.status} />
        <Identifier id={run.id} />
      </Group>
      {run.last_error && (
        <Text fz="sm" c="var(--state-failed)">
          {run.last_error.message}
        </Text>
      )}
      <Waterfall run={run} />
      <RunFigures run={run} spans={spans} />
      <Group justify="space-between">
        <Anchor component={Link} to={`~/runs/${run.id}`} fz="sm">
          Steps, context and events
        </Anchor>
        <CopyAsCode run={run} />
      </Group>
    </Stack>
  )
}
