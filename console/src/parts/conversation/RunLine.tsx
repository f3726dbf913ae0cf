import { Anchor, Text } from '@mantine/core'
import { Link } from 'wouter'
import type { Run } from '../../api/runs.ts'
import { count } from '../quantities.ts'
import { StateLabel } from '../StateLabel.tsx'

/** How a run ended, in a line that leads to it. */
export function RunLine({ run }: { run: Run }) {
  return (
    <Anchor component={Link} to={`~/runs/${run.id}`} underline="hover" inherit>
      <StateLabel status={run.status} />
      <Text component="span" fz="xs" c="dimmed" ml={8}>
        {run.usage && `${count(run.usage.total_tokens)} tokens · `}see the run
      </Text>
    </Anchor>
  )
}
