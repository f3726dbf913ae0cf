import { CheckIcon, Cross2Icon, ExclamationTriangleIcon } from '@radix-ui/react-icons'
import type { Finding } from './judge-health.ts'
import classes from './FindingLine.module.css'

const verdicts = {
  ok: { says: 'works', colour: 'done', Icon: CheckIcon },
  note: { says: 'could be better', colour: 'asking', Icon: ExclamationTriangleIcon },
  fail: { says: 'does not work', colour: 'failed', Icon: Cross2Icon },
} as const

/** Lines that are always shown; more are unfolded. */
const atOnce = 4

export function FindingLine({ finding: { verdict, what, says, more = [] } }: { finding: Finding }) {
  const { says: word, colour, Icon } = verdicts[verdict]
  const lines = more.map((line) => <p key={line}>{line}</p>)
  return (
    <li className={classes.line}>
      <span className={classes.verdict} style={{ color: `var(--state-${colour})` }}>
        <Icon aria-hidden />
        {word}
      </span>
      <strong>{what}</strong>
      <div className={classes.says}>
        <p>{says}</p>
        <div className={classes.more}>{lines.slice(0, atOnce)}</div>
        {lines.length > atOnce && (
          <details className={classes.more}>
            <summary>{lines.length - atOnce} more</summary>
            {lines.slice(atOnce)}
          </details>
        )}
      </div>
    </li>
  )
}
