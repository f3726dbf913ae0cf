import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { duration } from '../quantities.ts'
import { StateLabel } from '../StateLabel.tsx'
import classes from './Waterfall.module.css'

interface Props {
  /** What it opens. */
  to: string
  name: ReactNode
  note?: string | undefined
  status: string
  /** What went wrong, in a word or two. */
  problem?: string | undefined
  /** How its bar looks. */
  type: string
  /** Its place on the axis, from 0 to 1. */
  from: number
  width: number
  /** How much of the bar is the wait for the first token, from 0 to 1. Undefined where there is none. */
  firstToken?: number | undefined
  /** How long it took, in seconds. */
  seconds: number
  error?: string | null | undefined
  isCurrent: boolean
  /** How far it is indented, as a part of others. */
  depth?: number
  /** For screen readers alone. */
  about?: string | undefined
}

const deepest = 10

/** One line of a waterfall: what it was, when, and how long it took. */
export function WaterfallLine(props: Props) {
  const { to, name, note, status, problem, type, from, width, firstToken, seconds, error, isCurrent } = props
  return (
    <Link to={to} className={classes.line} aria-current={isCurrent ? 'true' : undefined} data-status={status}>
      <span className={classes.name} style={{ paddingInlineStart: Math.min(props.depth ?? 0, deepest) * 14 }}>
        <bdi>{name}</bdi>{' '}
        {status === 'failed' && (
          <span className={classes.failed}>
            <StateLabel status="failed" words={problem} />
          </span>
        )}
        {status === 'cancelled' && <span className={classes.note}>cancelled</span>}
        {note && <span className={classes.note}>{note}</span>}
      </span>
      <span className={classes.track} aria-hidden>
        <span
          className={classes.bar}
          data-type={type}
          data-status={status}
          style={{ insetInlineStart: `${from * 100}%`, width: `${width * 100}%` }}
        >
          {firstToken !== undefined && (
            <span className={classes.firstToken} style={{ width: `${firstToken * 100}%` }} />
          )}
        </span>
      </span>
      <span className={classes.time}>
        {status === 'in_progress' ? '…' : ''}
        {duration(Math.max(0, seconds))}
      </span>
      {error && <span className={classes.error}>{error}</span>}
      {props.about && <span className={classes.about}>{props.about}</span>}
    </Link>
  )
}

interface Timed {
  started_at: number
  ended_at: number | null
  first_token_at: number | null
}

/** How much of the bar of a model turn is the wait for its first token. */
export function firstTokenShare(
  { started_at, ended_at, first_token_at }: Timed,
  { place, end }: { place: (time: number) => number; end: number },
): number | undefined {
  if (first_token_at === null && ended_at !== null) return undefined
  const from = place(started_at)
  const all = place(ended_at ?? end) - from
  const until = place(first_token_at ?? ended_at ?? end) - from
  return all > 0 ? until / all : 0
}
