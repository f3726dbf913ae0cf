import { Text } from '@mantine/core'
import type { Run, RunSpan } from '../api/runs.ts'
import { Notice } from './Notice.tsx'
import classes from './RunFailure.module.css'
import { whatWentWrong } from './what-went-wrong.ts'

interface Props {
  run: Run
  /** The timeline, whose last error may say more than the run does. */
  spans?: RunSpan[] | undefined
}

/** Why the run has failed, and what to do about it. Nothing for other runs. */
export function RunFailure({ run, spans = [] }: Props) {
  const wrong = whatWentWrong(run)
  if (!wrong) return undefined
  const last = run.last_error && spans.findLast(({ status }) => status === 'failed')?.error
  return (
    <Notice tone={run.status === 'incomplete' ? 'asking' : 'failed'} title={wrong.title}>
      <pre className={classes.message}>{wrong.message}</pre>
      {last && last !== wrong.message && <pre className={classes.message}>{last}</pre>}
      <Text fz="sm" className={classes.advice}>
        {wrong.advice}
      </Text>
    </Notice>
  )
}
