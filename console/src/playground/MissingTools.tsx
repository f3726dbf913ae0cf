import { Anchor, Text } from '@mantine/core'
import type { Draft } from '../assistants/draft.ts'
import classes from './Playground.module.css'

interface Props {
  draft: Draft
  onChange: (draft: Draft) => void
}

/** Offers the tools that make the difference, to whoever begins to talk with an assistant that has none. */
export function MissingTools({ draft, onChange }: Props) {
  const { codeInterpreter, fileSearch, functions, otherTools } = draft
  if (codeInterpreter || fileSearch || functions.length + otherTools.length > 0) return undefined
  const add = (label: string, changes: Partial<Draft>) => (
    <Anchor component="button" type="button" fz="xs" onClick={() => onChange({ ...draft, ...changes })}>
      {label}
    </Anchor>
  )
  return (
    <Text fz="xs" c="dimmed" className={classes.missing}>
      This assistant has no tools: {add('add Python', { codeInterpreter: true })} ·{' '}
      {add('add file search', { fileSearch: true })}
    </Text>
  )
}
