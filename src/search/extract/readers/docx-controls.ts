import type { XmlAttributes } from '../xml.ts'

/** A form field that is being read: a content control, or a field of older versions of Word. */
interface Control {
  /** The state of a check box, which replaces the sign in the text. Undefined for other fields. */
  mark: string | undefined
  options: string[]
  /** Whether its text is only an instruction for the user. */
  isPrompt: boolean
  /** The position of the chosen option in a list of older versions. */
  chosen: number
  said: boolean
}

export interface Controls {
  open(name: string, attributes: XmlAttributes): void
  close(name: string): void
  /** The text to be read in place of a text of the document. For a check box it is the state. */
  text(content: string): string
}

const isOn = (value: string | undefined) => value === undefined || /^(1|true|on)$/.test(value)
const box = (on: boolean) => (on ? '[x]' : '[ ]')
const among = (options: string[]) => (options.length > 0 ? ` (of ${options.join(', ')})` : '')

/**
 * Reads drop-down lists and check boxes of a Word document: the options and the chosen one, and whether a box is
 * checked. `write` is called with additional text that is not in the document.
 */
export function readControls(write: (text: string) => void): Controls {
  const open: Control[] = []
  const last = () => open.at(-1)
  const begin = () => open.push({ mark: undefined, options: [], isPrompt: false, chosen: 0, said: false })
  /** The element of an older field to which the settings `checked` and `result` belong. */
  let older: 'checkBox' | 'ddList' | undefined

  const opened: Record<string, (attributes: XmlAttributes) => void> = {
    sdt: begin,
    ffData: begin,
    showingPlcHdr: (attributes) => set('isPrompt', isOn(attributes.get('val'))),
    checkbox: () => set('mark', box(false)),
    checkBox() {
      older = 'checkBox'
      set('mark', box(false))
    },
    ddList: () => (older = 'ddList'),
    default(attributes) {
      if (older === 'checkBox') set('mark', box(isOn(attributes.get('val'))))
    },
    checked(attributes) {
      if (last()?.mark !== undefined) set('mark', box(isOn(attributes.get('val'))))
    },
    result: (attributes) => set('chosen', Number(attributes.get('val') ?? 0)),
    listItem: (attributes) => addOption(attributes.get('displayText') ?? attributes.get('value')),
    listEntry: (attributes) => addOption(attributes.get('val')),
    sym(attributes) {
      if (last()?.mark !== undefined) say()
      else write(signOf(attributes.get('char') ?? ''))
    },
  }

  function set<Key extends keyof Control>(key: Key, value: Control[Key]): void {
    const control = last()
    if (control) control[key] = value
  }

  function addOption(option: string | undefined): void {
    if (option?.trim()) last()?.options.push(option.trim())
  }

  /** Writes the state of a check box once. */
  function say(): void {
    const control = last()
    if (control?.mark === undefined || control.said) return
    control.said = true
    write(control.mark)
  }

  return {
    open: (name, attributes) => opened[name]?.(attributes),
    close(name) {
      if (name === 'checkBox' || name === 'ddList') older = undefined
      if (name === 'ffData') {
        say()
        const control = open.pop()
        const chosen = control?.options[control.chosen]
        if (chosen !== undefined) write(`${chosen}${among(control?.options ?? [])}`)
      }
      if (name === 'sdt') {
        const control = open.pop()
        if (control?.mark === undefined) write(optionsOf(control))
      }
    },
    text(content) {
      const control = last()
      if (control?.mark !== undefined) {
        const first = !control.said
        control.said = true
        return first ? control.mark : ''
      }
      return control?.isPrompt && control.options.length > 0 ? '' : content
    },
  }
}

const optionsOf = (control: Control | undefined): string =>
  control
    ? (control.isPrompt && control.options.length > 0 ? 'nothing chosen' : '') + among(control.options)
    : ''

/** Signs of symbol fonts that have a meaning. The others are ornaments. */
const signs: Record<string, string> = { FE: '[x]', FC: '[x]', '52': '[x]', A8: '[ ]', '6F': '[ ]' }

function signOf(char: string): string {
  const code = Number.parseInt(char, 16)
  if (code >= 0xf000 && code <= 0xf0ff) return signs[(code - 0xf000).toString(16).toUpperCase()] ?? ''
  return code >= 0x2000 && code < 0x3000 ? String.fromCodePoint(code) : ''
}
