import { UnstyledButton } from '@mantine/core'
import { count } from '../parts/quantities.ts'
import { contextGroups, type ContextGroup, type GroupShare } from './context-groups.ts'
import { percent } from './ContextFigures.tsx'
import classes from './Context.module.css'

interface Props {
  shares: GroupShare[]
  tokens: number
  chosen: ContextGroup | null
  onChoose: (group: ContextGroup) => void
}

/** All that was sent as one bar, and what its sections are. Choosing one shows its parts alone. */
export function ContextBar({ shares, tokens, chosen, onChoose }: Props) {
  return (
    <div className={classes.composition}>
      <div className={classes.bar} aria-hidden>
        {shares.map(({ group, tokens: of }) => (
          <span
            key={group}
            className={classes.section}
            data-group={group}
            data-off={(chosen !== null && chosen !== group) || undefined}
            style={{ flexGrow: of }}
          />
        ))}
      </div>
      <ul className={classes.legend} aria-label="Show only">
        {shares.map(({ group, tokens: of, parts }) => (
          <li key={group}>
            <UnstyledButton
              className={classes.share}
              aria-pressed={chosen === group}
              onClick={() => onChoose(group)}
            >
              <span className={classes.swatch} data-group={group} aria-hidden />
              {contextGroups[group].name}
              {parts > 1 && <span className={classes.dimmed}>× {count(parts)}</span>}
              <span className={classes.number}>{count(of)}</span>
              <span className={classes.dimmed}>{percent(tokens > 0 ? of / tokens : 0)}</span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </div>
  )
}
