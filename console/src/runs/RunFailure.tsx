import { Alert, Text } from '@mantine/core'
import type { Run } from '../api/run.ts'
import classes from './RunFailure.module.css'
import { whatWentWrong } from './what-went-wrong.ts'

/** Why the run has failed, and what to do about it. Nothing for other runs. */
export function RunFailure({ run }: { run: Run }) {
  const wrong = whatWentWrong(run)
  if (!wrong) return undefined
  return (
    <Alert color={run.status === 'incomplete' ? 'yellow' : 'red'} variant="light" title={wrong.title}>
      <Text fz="sm" className={classes.message}>
        {wrong.message}
      </Text>
      <Text fz="sm" mt={4} className={classes.advice}>
        {wrong.advice}
      </Text>
    </Alert>
  )
}
