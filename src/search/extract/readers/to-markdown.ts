import type TurndownService from 'turndown'
import { addFieldRules } from './html-fields.ts'
import { visibleHtml } from './visible-html.ts'

let service: TurndownService | undefined

/** The maximum depth. For deeper trees, the recursion could exhaust the stack, and the time grows quadratically. */
const maxDepth = 500

/**
 * Converts HTML to Markdown, without what users of the page cannot see. HTML that is nested too deeply becomes plain
 * text.
 */
export async function toMarkdown(source: string): Promise<string> {
  const { html, depth, text } = visibleHtml(source)
  if (depth > maxDepth) return text()
  service ??= await startTurndown()
  return service.turndown(html)
}

async function startTurndown(): Promise<TurndownService> {
  const { default: Turndown } = await import('turndown')
  const turndown = new Turndown({ headingStyle: 'atx', bulletListMarker: '-', codeBlockStyle: 'fenced' })
  // Escapes are turned off, because the text is searched and quoted but never rendered.
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
  // Each row of a table is one line.
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
