import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { bracketMatching, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, setDiagnostics } from '@codemirror/lint'
import { Compartment, EditorState } from '@codemirror/state'
import { EditorView, highlightSpecialChars, keymap } from '@codemirror/view'
import { getNonce } from 'get-nonce'
import { useEffect, useRef, useState } from 'react'
import { colours, look } from './editor-look.ts'
import type { Problem } from './problem.ts'
import { placeIn } from './place-in-json.ts'

export interface JsonCodeProps {
  label: string
  /** The id of what describes it: how it is left, and what is wrong. */
  describedBy: string
  value: string
  onChange: (value: string) => void
  problems: readonly Problem[]
  /** A problem to go to. Another object each time. */
  goTo: { problem: Problem } | undefined
}

/** A text field that knows JSON: its colours, its brackets, and the places of problems. */
export function JsonCode({ label, describedBy, value, onChange, problems, goTo }: JsonCodeProps) {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const [names] = useState(() => new Compartment())
  const changed = useRef(onChange)
  useEffect(() => {
    changed.current = onChange
  })

  useEffect(() => {
    const editor = new EditorView({
      parent: place.current!,
      doc: value,
      extensions: [
        EditorView.cspNonce.of(getNonce() ?? ''),
        names.of(nameOf(label, describedBy)),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged) changed.current(state.doc.toString())
        }),
        EditorView.domEventHandlers({ blur: (_, left) => layOut(left), beforeinput: replaceSelected }),
        EditorState.tabSize.of(2),
        keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.lineWrapping,
        history(),
        highlightSpecialChars(),
        bracketMatching(),
        indentOnInput(),
        json(),
        syntaxHighlighting(colours),
        lintGutter(),
        look,
      ],
    })
    view.current = editor
    return () => editor.destroy()
    // What changes later is given to the editor below.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [])

  useEffect(() => {
    view.current!.dispatch({ effects: names.reconfigure(nameOf(label, describedBy)) })
  }, [names, label, describedBy])

  useEffect(() => {
    const editor = view.current!
    const length = editor.state.doc.length
    if (editor.state.doc.toString() !== value)
      editor.dispatch({ changes: { from: 0, to: length, insert: value } })
  }, [value])

  useEffect(() => {
    const { state } = view.current!
    const diagnostics = problems.map((problem) => ({
      ...placeIn(state, problem),
      severity: problem.isHint ? ('info' as const) : ('error' as const),
      message: problem.message,
    }))
    view.current!.dispatch(setDiagnostics(state, diagnostics))
  }, [problems, value])

  useEffect(() => {
    if (!goTo) return
    const editor = view.current!
    const { from, to } = placeIn(editor.state, goTo.problem)
    editor.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true })
    editor.focus()
  }, [goTo])

  return <div ref={place} />
}

/**
 * Replaces what is selected. A browser would keep its colour in a `style` attribute, which the security policy forbids. The
 * selection is that of the browser: the editor learns of it only a moment later.
 */
function replaceSelected(event: InputEvent, view: EditorView): boolean {
  const selected = document.getSelection()
  if (event.inputType !== 'insertText' || event.data === null || !selected || selected.isCollapsed)
    return false
  const range = selected.getRangeAt(0)
  const from = view.posAtDOM(range.startContainer, range.startOffset)
  const to = view.posAtDOM(range.endContainer, range.endOffset)
  const insert = view.state.toText(event.data)
  event.preventDefault()
  view.dispatch({
    changes: { from, to, insert },
    selection: { anchor: from + insert.length },
    userEvent: 'input.type',
    scrollIntoView: true,
  })
  return true
}

const nameOf = (label: string, describedBy: string) =>
  EditorView.contentAttributes.of({
    'aria-label': label,
    'aria-describedby': describedBy,
  })

/** When it is left, JSON is written as programs write it. What is no JSON stays as it is. */
function layOut(view: EditorView): void {
  const text = view.state.doc.toString()
  let written
  try {
    written = JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return
  }
  if (written === text) return
  // Within the event an update may be under way.
  setTimeout(() => {
    if (view.state.doc.toString() === text)
      view.dispatch({ changes: { from: 0, to: text.length, insert: written } })
  })
}
