import { Loader, Text, VisuallyHidden } from '@mantine/core'
import type { Run } from '../../../../src/contract/runs.ts'
import { RunAsks } from '../RunAsks.tsx'
import { RunFailure } from '../RunFailure.tsx'
import { StateLabel } from '../StateLabel.tsx'
import classes from './Conversation.module.css'
import { RunLine } from './RunLine.tsx'

/** How a run stands: it works, it waits, or how it ended and why. */
export function RunEnd({ run }: { run: Run }) {
  if (run.status === 'requires_action') return <RunAsks run={run} />
  const works = run.status === 'in_progress' || run.status === 'queued'
  return (
    <div className={classes.notice}>
      <RunFailure run={run} />
      {works ? (
        <>
          <Loader size={16} type="dots" aria-hidden />
          <VisuallyHidden>{run.status === 'queued' ? 'The run waits' : 'The run works'}</VisuallyHidden>
        </>
      ) : (
        <RunLine run={run} />
      )}
    </div>
  )
}

/** Says of the answer above that another one takes its place. */
export const BrokenOff = () => (
  <div className={classes.notice}>
    <StateLabel status="incomplete" />
    <Text fz="sm" c="dimmed">
      This answer broke off, and the model was asked again.
    </Text>
  </div>
)
