import { isRefusal } from './refusal-mark.ts'
import type { TakePart } from './take-part.ts'

/** The tokens that end the header and the content of a message. `start` and `channel` begin the next message. */
const headEnd = '<|message|>'
const contentEnd = /<\|(end|return|call|start|channel)\|>/
const openings = ['<|start|>', '<|channel|>']
/** The end of a text that may become one of these tokens. */
const openToken = /<(\|[a-z]{0,7}\|?)?$/
/** The maximum length of a message header, and of white space before the first one. */
const longestHead = 500

type Kind = 'thought' | 'text' | 'call'

/**
 * Reads the harmony format of gpt-oss when a server passes it on as text: `analysis` becomes reasoning, `final` becomes
 * the answer, and a message to a tool becomes a call. An answer that does not begin in this format is not changed.
 */
export function readHarmonyChannels(give: TakePart): TakePart {
  const refusals = new Set<string>()
  let state: 'start' | 'head' | 'content' | 'between' | 'plain' = 'start'
  let held = ''
  let textId = 'text'
  let begun = false
  let calls = 0
  let message: { kind: Kind; tool: string; text: string } = { kind: 'text', tool: '', text: '' }

  function say(kind: Kind, text: string): void {
    if (text === '') return
    if (kind === 'call') message.text += text
    else if (kind === 'thought') give({ type: 'reasoning-delta', id: 'harmony', delta: text })
    else give({ type: 'text-delta', id: textId, delta: text })
  }

  function take(length: number): string {
    const taken = held.slice(0, length)
    held = held.slice(length)
    return taken
  }

  /** Reads one step further. Returns true when there is more to read. */
  function read(): boolean {
    switch (state) {
      case 'plain':
        say('text', take(held.length))
        return false
      case 'start':
      case 'between': {
        const next = held.trimStart()
        const opens = openings.some((opening) => next.startsWith(opening))
        if (!opens && held.length <= longestHead && openings.some((opening) => opening.startsWith(next)))
          return false
        if (opens) held = next
        state = opens ? 'head' : 'plain'
        return true
      }
      case 'head': {
        const end = held.indexOf(headEnd)
        if (end < 0 && held.length > longestHead) state = 'plain'
        if (end < 0) return state === 'plain'
        message = messageOf(take(end + headEnd.length))
        begun = true
        state = 'content'
        return true
      }
      case 'content': {
        const end = contentEnd.exec(held)
        say(message.kind, take(end?.index ?? held.length - (openToken.exec(held)?.[0].length ?? 0)))
        if (!end) return false
        if (!openings.includes(end[0])) take(end[0].length)
        finishCall()
        state = 'between'
        return true
      }
    }
  }

  function finishCall(): void {
    const { kind, tool, text } = message
    if (kind === 'call') {
      give({ type: 'tool-call', toolCallId: `harmony-${calls++}`, toolName: tool, input: text })
    }
    message = { kind: 'text', tool: '', text: '' }
  }

  /** Called when no more text follows. */
  function end(): void {
    if (state === 'content') {
      say(message.kind, take(held.length))
      finishCall()
    } else if (!begun) say('text', take(held.length))
    held = ''
  }

  return (part) => {
    if (part.type === 'text-delta' && !refusals.has(part.id)) {
      textId = part.id
      if (state === 'plain' && held === '') return give(part)
      held += part.delta
      while (read());
      return
    }
    if (part.type === 'text-start' && isRefusal(part)) refusals.add(part.id)
    if (part.type === 'tool-input-start' || part.type === 'tool-call' || part.type === 'finish') end()
    give(part)
  }
}

function messageOf(head: string): { kind: Kind; tool: string; text: string } {
  const tool = /\bto=(?:functions\.)?([\w.-]+)/.exec(head)?.[1] ?? ''
  const channel = /<\|channel\|>\s*(\w+)/.exec(head)?.[1]
  return { kind: tool !== '' ? 'call' : channel === 'analysis' ? 'thought' : 'text', tool, text: '' }
}
