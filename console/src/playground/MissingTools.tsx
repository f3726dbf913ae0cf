import { Anchor, Text } from '@mantine/core'
import type { Draft } from '../assistants/draft.ts'
import classes from './Playground.module.css'

interface Props {
  draft: Draft
  onChange: (draft: Draft) => void
}

/** Offers the tools that make the difference, to whoever talks with an assistant that has none, or that needs them. */
export function MissingTools({ draft, onChange }: Props) {
  const { codeInterpreter, fileSearch, functions, otherTools } = draft
  const hasNone = !codeInterpreter && !fileSearch && functions.length + otherTools.length === 0
  // The demo model says itself that it can do nothing without.
  const needs = draft.model === 'demo' && !codeInterpreter
  if (!hasNone && !needs) return undefined
  const add = (label: string, changes: Partial<Draft>) => (
    <Anchor component="button" type="button" fz="xs" onClick={() => onChange({ ...draft, ...changes })}>
      {label}
    </Anchor>
  )
  return (
    <Text fz="xs" c="dimmed" className={classes.missing}>
      {hasNone ? 'This assistant has no tools:' : 'This assistant has no Python:'}{' '}
      {add('add Python', { codeInterpreter: true })}
      {!fileSearch && <> · {add('add file search', { fileSearch: true })}</>}
    </Text>
  )
}
