import type TurndownService from 'turndown'

/** Kinds of inputs that a page shows nothing of, or that only do something. */
const silent = /^(hidden|password|submit|button|reset|image|file)$/i

/** Rules for what stands in the fields of a form: what is typed, checked and chosen. */
export function addFieldRules(turndown: TurndownService): void {
  turndown.addRule('input', {
    filter: 'input',
    replacement(_, node) {
      const type = node.getAttribute('type') ?? 'text'
      if (silent.test(type)) return ''
      if (/^(checkbox|radio)$/i.test(type)) return node.hasAttribute('checked') ? ' [x] ' : ' [ ] '
      return around(node.getAttribute('value'))
    },
  })
  turndown.addRule('select', {
    filter: 'select',
    replacement(_, node) {
      const options = Array.from(node.getElementsByTagName('option'))
      const chosen = options.filter((option) => option.hasAttribute('selected'))
      // Without a choice the page shows the first option, but for lists.
      if (chosen.length === 0 && !node.hasAttribute('multiple') && options[0]) chosen.push(options[0])
      const names = (list: typeof options) => list.map(({ textContent }) => textContent?.trim()).join(', ')
      return around(options.length > 0 ? `${names(chosen) || 'nothing chosen'} (of ${names(options)})` : '')
    },
  })
  turndown.addRule('textarea', {
    filter: 'textarea',
    replacement: (_, node) => (node.textContent?.trim() ? `\n\n${node.textContent.trim()}\n\n` : ''),
  })
}

const around = (text: string | null) => (text?.trim() ? ` ${text.trim()} ` : '')
