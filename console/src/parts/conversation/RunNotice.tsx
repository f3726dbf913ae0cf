import { Anchor, Loader, Text, VisuallyHidden } from '@mantine/core'
import { Link } from 'wouter'
import type { Run } from '../../../../src/contract/runs.ts'
import { StateLabel } from '../StateLabel.tsx'
import classes from './Conversation.module.css'

/** How a run stands that is not simply done: it works, it waits, or it ended badly and why. */
export function RunNotice({ run }: { run: Run }) {
  const reason = run.last_error?.message ?? reasons[run.incomplete_details?.reason ?? '']
  const bad = ['failed', 'expired', 'incomplete'].includes(run.status)
  return (
    <div className={classes.notice} role={bad ? 'alert' : 'status'}>
      {run.status === 'in_progress' || run.status === 'queued' ? (
        <>
          <Loader size={16} type="dots" aria-hidden />
          <VisuallyHidden>{run.status === 'queued' ? 'The run waits' : 'The run works'}</VisuallyHidden>
        </>
      ) : (
        <StateLabel status={run.status} />
      )}
      {reason && <Text fz="sm">{reason}</Text>}
      {bad && (
        <Anchor component={Link} to={`~/runs/${run.id}`} fz="sm">
          What happened
        </Anchor>
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

const reasons: Record<string, string> = {
  max_completion_tokens: 'The answer reached the limit of tokens for answers of this run.',
  max_prompt_tokens: 'The run reached its limit of tokens for what is sent to the model.',
  content_filter: "The model's provider has withheld the rest.",
}
