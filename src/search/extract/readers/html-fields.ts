import type TurndownService from 'turndown'

/** Types of inputs that have no visible text or are only buttons. */
const silent = /^(hidden|password|submit|button|reset|image|file)$/i

/** Adds rules for form fields, which write the entered text, the state of check boxes and the chosen options. */
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
      // A page shows the first option when none is chosen, except in lists with multiple choices.
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
