import type TurndownService from 'turndown'
import { addFieldRules } from './html-fields.ts'
import { visibleHtml } from './visible-html.ts'

let service: TurndownService | undefined

/** Past this the tree is walked by functions that call themselves, and in time that grows with the square. */
const maxDepth = 500

/** HTML as Markdown, without what a reader of the page does not see; plain text where it is nested like no page is. */
export async function toMarkdown(source: string): Promise<string> {
  const { html, depth, text } = visibleHtml(source)
  if (depth > maxDepth) return text()
  service ??= await startTurndown()
  return service.turndown(html)
}

async function startTurndown(): Promise<TurndownService> {
  const { default: Turndown } = await import('turndown')
  const turndown = new Turndown({ headingStyle: 'atx', bulletListMarker: '-', codeBlockStyle: 'fenced' })
  // The text is searched and quoted, never rendered: backslashes would be in the way.
  turndown.escape = (text) => text
  turndown.addRule('title', { filter: 'title', replacement: (text) => `\n\n${text.trim()}\n\n` })
  turndown.addRule('image', {
    filter: 'img',
    replacement: (_, node) => node.getAttribute('alt')?.trim() ?? '',
  })
  turndown.addRule('link', {
    filter: 'a',
    replacement(text, node) {
      const address = node.getAttribute('href') ?? ''
      return text.trim() && /^(https?|mailto):/i.test(address) && !text.includes('\n')
        ? `[${text.trim()}](${address})`
        : text
    },
  })
  addFieldRules(turndown)
  // A row of a table stays one line.
  turndown.addRule('cell', {
    filter: ['td', 'th'],
    replacement: (text, node) =>
      (node.previousElementSibling ? ' | ' : '') + text.trim().replace(/\s+/g, ' '),
  })
  turndown.addRule('row', { filter: 'tr', replacement: (text) => `${text}\n` })
  turndown.addRule('table', {
    filter: ['table', 'thead', 'tbody', 'tfoot'],
    replacement: (text, node) => (node.nodeName === 'TABLE' ? `\n\n${text}\n\n` : text),
  })
  return turndown
}
