import type TurndownService from 'turndown'

let service: TurndownService | undefined

/** HTML as Markdown, without what a reader of the page does not see. */
export async function toMarkdown(html: string): Promise<string> {
  service ??= await startTurndown()
  return service.turndown(withoutHidden(html))
}

/** Cut before parsing: a page's scripts are often most of it. */
const withoutHidden = (html: string) =>
  html
    .replace(/<(script|style|noscript|template|svg)\b[^>]*>[\s\S]*?<\/\1\s*>/gi, ' ')
    .replace(/<!--[\s\S]*?-->/g, '')

async function startTurndown(): Promise<TurndownService> {
  const { default: Turndown } = await import('turndown')
  const turndown = new Turndown({ headingStyle: 'atx', bulletListMarker: '-', codeBlockStyle: 'fenced' })
  // The text is searched and quoted, never rendered: backslashes would be in the way.
  turndown.escape = (text) => text
  turndown.remove(['script', 'style', 'noscript', 'iframe', 'object'])
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
  // A row of a table stays one line.
  turndown.addRule('cell', {
    filter: ['td', 'th'],
    replacement: (text, node) =>
      (node.previousElementSibling ? ' | ' : '') + text.trim().replace(/\s*\n\s*/g, ' '),
  })
  turndown.addRule('row', { filter: 'tr', replacement: (text) => `${text}\n` })
  turndown.addRule('table', {
    filter: ['table', 'thead', 'tbody', 'tfoot'],
    replacement: (text, node) => (node.nodeName === 'TABLE' ? `\n\n${text}\n\n` : text),
  })
  return turndown
}
