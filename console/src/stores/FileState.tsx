import type { VectorStoreFile } from '../api/stores.ts'
import { count } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import { TimeLeft } from '../parts/TimeLeft.tsx'
import classes from './FileState.module.css'

type Progress = NonNullable<VectorStoreFile['progress']>

const stages: Record<Progress['stage'], string> = {
  waiting: 'waiting',
  reading: 'reading',
  cutting: 'cutting',
  embedding: 'embedding',
  indexing: 'indexing',
}

/** How far a file of a store is, or why it failed. */
export function FileState({ file: { status, last_error, progress } }: { file: VectorStoreFile }) {
  return (
    <div className={classes.state}>
      <StateLabel
        status={progress?.stage === 'waiting' ? 'queued' : status}
        words={progress ? wordsOf(progress) : undefined}
      />
      {progress && progress.tries > 0 && <FormerTry progress={progress} />}
      {last_error && <span className={classes.reason}>{last_error.message}</span>}
    </div>
  )
}

function wordsOf({ stage, chunks, embedded }: Progress): string {
  if (stage === 'embedding' && chunks !== null && embedded !== null)
    return `embedding ${count(embedded)} of ${count(chunks)} passages`
  if (chunks !== null) return `${stages[stage]} ${count(chunks)} ${chunks === 1 ? 'passage' : 'passages'}`
  return stages[stage]
}

const FormerTry = ({ progress: { tries, reason, retry_at } }: { progress: Progress }) => (
  <span className={classes.reason}>
    {tries === 1 ? 'A try has' : `${count(tries)} tries have`} ended
    {reason !== null && `: ${reason}`}
    {retry_at !== null && (
      <>
        {' '}
        Again in <TimeLeft until={retry_at} />.
      </>
    )}
  </span>
)
