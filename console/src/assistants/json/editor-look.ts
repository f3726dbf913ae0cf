import { HighlightStyle } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** The same voices as code in an answer has, in both schemes. */
export const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--state-working)' },
  { tag: [tags.string, tags.number, tags.bool, tags.null], color: 'var(--state-done)' },
  { tag: [tags.separator, tags.punctuation], color: 'var(--mantine-color-dimmed)' },
])

const underline = (colour: string) => ({
  backgroundImage: 'none',
  textDecoration: `underline wavy var(${colour})`,
  textUnderlineOffset: '3px',
})

export const look = EditorView.theme({
  '&': {
    fontSize: '12px',
    backgroundColor: 'var(--mantine-color-body)',
    border: '1px solid var(--mantine-color-default-border)',
    borderRadius: '4px',
  },
  '&.cm-focused': { outline: 'none', borderColor: 'var(--mantine-primary-color-filled)' },
  '.cm-scroller': {
    maxHeight: '440px',
    overflow: 'auto',
    fontFamily: 'var(--mantine-font-family-monospace)',
    lineHeight: '18px',
  },
  '.cm-content': { minHeight: '108px', padding: '8px 0', caretColor: 'var(--mantine-color-text)' },
  '.cm-gutters': { backgroundColor: 'transparent', border: 'none' },
  '.cm-line': { padding: '0 12px 0 4px' },
  '.cm-lintRange-error': underline('--state-failed'),
  '.cm-lintRange-info': underline('--state-asking'),
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'transparent',
    outline: '1px solid var(--hairline)',
  },
  '.cm-tooltip': {
    color: 'var(--mantine-color-text)',
    backgroundColor: 'var(--mantine-color-body)',
    border: '1px solid var(--hairline)',
    borderRadius: '4px',
  },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--state-failed)' },
  '.cm-diagnostic-info': { borderLeftColor: 'var(--state-asking)' },
})
