import { ensureSyntaxTree } from '@codemirror/language'
import type { EditorState } from '@codemirror/state'
import type { Problem } from './problem.ts'

type SyntaxNode = NonNullable<ReturnType<typeof ensureSyntaxTree>>['topNode']

/** Where a problem is in the text. What is not there is looked for where it would have to be. */
export function placeIn(state: EditorState, { at, path }: Problem): { from: number; to: number } {
  const { length } = state.doc
  if (at !== undefined) {
    const from = Math.min(at, Math.max(0, length - 1))
    return { from, to: Math.min(length, from + 1) }
  }
  let node = ensureSyntaxTree(state, length, 200)?.topNode.firstChild ?? undefined
  for (const part of path) {
    const inner = node && (typeof part === 'number' ? itemOf(node, part) : valueOf(state, node, part))
    if (!inner) break
    node = inner
  }
  if (!node) return { from: 0, to: Math.min(length, 1) }
  // Of an object or a list its beginning is enough, and of a member its name.
  const name = node.parent?.name === 'Property' ? node.parent.firstChild : undefined
  if (name) return { from: name.from, to: name.to }
  const isLong = node.name === 'Object' || node.name === 'Array'
  return { from: node.from, to: isLong ? node.from + 1 : node.to }
}

function valueOf(state: EditorState, object: SyntaxNode, name: string): SyntaxNode | undefined {
  for (const property of object.getChildren('Property')) {
    const given = property.getChild('PropertyName')
    if (given && state.sliceDoc(given.from, given.to) === JSON.stringify(name))
      return property.lastChild ?? undefined
  }
  return undefined
}

function itemOf(list: SyntaxNode, index: number): SyntaxNode | undefined {
  let item = list.firstChild?.nextSibling
  for (let at = 0; item && at < index; at++) {
    item = item.nextSibling
    while (item?.name === ',') item = item.nextSibling
  }
  return item ?? undefined
}
