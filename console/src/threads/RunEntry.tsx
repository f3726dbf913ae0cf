import { Text } from '@mantine/core'
import type { Run } from '../api/run.ts'
import { useAssistantName } from '../parts/AssistantName.tsx'
import { Time } from '../parts/Time.tsx'
import { RunFailure } from '../runs/RunFailure.tsx'
import { Steps } from '../runs/Steps.tsx'
import classes from './Conversation.module.css'
import { RunLine } from './RunLine.tsx'

/** A run that has written no message. */
export function RunEntry({ run }: { run: Run }) {
  return (
    <article className={classes.entry} aria-label={`Run without a message: ${run.status}`}>
      <div className={classes.author}>
        {useAssistantName(run.assistant_id)}
        <Text fz="xs" c="dimmed" fw={400}>
          <Time at={run.created_at} />
        </Text>
      </div>
      <div className={classes.body}>
        {run.tools.length > 0 && <Steps run={run} />}
        <RunFailure run={run} />
        <RunLine run={run} />
      </div>
    </article>
  )
}
