import { Anchor, Text } from '@mantine/core'
import { useId, useState } from 'react'
import classes from './JsonEditor.module.css'
import type { Problem } from './problem.ts'
import { lazily } from '../../parts/lazily.tsx'

const JsonCode = lazily(
  async () => (await import('./JsonCode.tsx')).JsonCode,
  ({ value }) => <pre className={classes.loading}>{value}</pre>,
)

interface Props {
  label: string
  value: string
  onChange: (value: string) => void
  problems: readonly Problem[]
}

/** A field for JSON, which is laid out when it is left. What is wrong is marked at its place and said below. */
export function JsonEditor({ label, value, onChange, problems }: Props) {
  const id = useId()
  const [goTo, setGoTo] = useState<{ problem: Problem }>()
  return (
    <div>
      <Text fz="xs" fw={500} mb={4} aria-hidden>
        {label}
      </Text>
      <JsonCode
        label={label}
        describedBy={id}
        value={value}
        onChange={onChange}
        problems={problems}
        goTo={goTo}
      />
      <div id={id} className={classes.about}>
        <ul className={classes.problems} aria-label={`Problems of ${label}`}>
          {problems.map((problem, index) => (
            <li key={index}>
              <Anchor
                component="button"
                type="button"
                fz="xs"
                ta="start"
                c={problem.isHint ? 'var(--state-asking)' : 'var(--state-failed)'}
                title="Show its place"
                onClick={() => setGoTo({ problem })}
              >
                {problem.isHint ? 'Hint: ' : ''}
                {problem.message}
              </Anchor>
            </li>
          ))}
        </ul>
        <Text fz="xs" c="dimmed">
          Tab indents. Escape, then Tab, leaves the field.
        </Text>
      </div>
    </div>
  )
}
