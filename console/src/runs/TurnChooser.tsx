import { Link } from 'wouter'
import type { ModelTurn } from '../api/runs.ts'
import { count } from '../parts/quantities.ts'
import classes from './Context.module.css'

/** The model turns of a run, each as high as what was sent: where a run grew expensive can be seen. */
export function TurnChooser({ runId, turns, number }: { runId: string; turns: ModelTurn[]; number: number }) {
  const most = Math.max(1, ...turns.map(({ context }) => context.tokens))
  return (
    <nav className={classes.turns} aria-label="Model turns">
      {turns.map(({ id, context, status }, index) => (
        <Link
          key={id}
          to={`~/runs/${runId}?tab=context&turn=${index + 1}`}
          className={classes.turn}
          aria-current={index + 1 === number ? 'true' : undefined}
          aria-label={`Turn ${index + 1}: ${count(context.tokens)} tokens${status === 'failed' ? ', failed' : ''}`}
          title={`Turn ${index + 1}: ${count(context.tokens)} tokens`}
        >
          <span className={classes.columnPlace}>
            <span
              className={classes.column}
              data-status={status}
              style={{ height: `${Math.max(4, (context.tokens / most) * 100)}%` }}
            />
          </span>
          <span>{status === 'failed' ? `${index + 1} ✕` : index + 1}</span>
        </Link>
      ))}
    </nav>
  )
}
