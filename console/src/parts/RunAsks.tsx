import { Anchor, Text } from '@mantine/core'
import { Link } from 'wouter'
import type { Run } from '../api/runs.ts'
import { Notice } from './Notice.tsx'
import { TimeLeft } from './TimeLeft.tsx'

/** Which functions a run waits for, and where they can be answered by hand. */
export function RunAsks({ run }: { run: Run }) {
  const calls = run.required_action?.submit_tool_outputs.tool_calls ?? []
  const names = [...new Set(calls.map(({ function: { name } }) => name))].join(', ')
  return (
    <Notice tone="asking" title="The run waits for you">
      <Text fz="sm">
        Your program has to answer {calls.length === 1 ? 'a call' : `${calls.length} calls`} of {names}.{' '}
        <Anchor component={Link} to={`~/playground/${run.thread_id}`} inherit underline="always">
          Answer by hand in the playground
        </Anchor>
      </Text>
      {run.expires_at !== null && (
        <Text fz="sm" c="dimmed">
          It expires in <TimeLeft until={run.expires_at} />.
        </Text>
      )}
    </Notice>
  )
}
