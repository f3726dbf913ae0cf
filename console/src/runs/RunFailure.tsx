import { Text } from '@mantine/core'
import type { Run } from '../api/run.ts'
import { Notice } from '../parts/Notice.tsx'
import classes from './RunFailure.module.css'
import { whatWentWrong } from './what-went-wrong.ts'

/** Why the run has failed, and what to do about it. Nothing for other runs. */
export function RunFailure({ run }: { run: Run }) {
  const wrong = whatWentWrong(run)
  if (!wrong) return undefined
  return (
    <Notice tone={run.status === 'incomplete' ? 'asking' : 'failed'} title={wrong.title}>
      <pre className={classes.message}>{wrong.message}</pre>
      <Text fz="sm" className={classes.advice}>
        {wrong.advice}
      </Text>
    </Notice>
  )
}
