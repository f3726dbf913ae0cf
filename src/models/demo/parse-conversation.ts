import type { LanguageModelV4Prompt, LanguageModelV4ToolResultOutput } from '@ai-sdk/provider'

/** A tool call since the last question, with its output. */
export interface DoneCall {
  name: string
  input: Record<string, unknown>
  output: string
  failed: boolean
}

export interface DemoConversation {
  /** The text of the last user message. */
  question: string
  /** The messages before it, in their order. */
  earlier: { role: 'user' | 'assistant'; text: string }[]
  /** Names of the files that the code interpreter has. */
  files: string[]
  /** The files of file search: their number, and the names of the first ones. */
  library: { count: number; names: string[] }
  /** The names of the files that are attached to the last user message. */
  attached: string[]
  pictures: number
  /** The tool calls since the question, in their order. */
  done: DoneCall[]
}

/** Reads from the prompt what the planner needs: the question and the tool calls that were already made for it. */
export function parseConversation(prompt: LanguageModelV4Prompt): DemoConversation {
  const at = prompt.findLastIndex(({ role }) => role === 'user')
  const system = prompt.flatMap(({ role, content }) => (role === 'system' ? [content] : [])).join('\n')
  const conversation: DemoConversation = {
    question: '',
    earlier: earlierIn(prompt.slice(0, Math.max(at, 0))),
    files: [...system.matchAll(/^- \/mnt\/data\/(.+?)(?: \(also |, written by |$)/gm)].map(
      ([, name = '']) => name,
    ),
    library: libraryIn(system),
    attached: [],
    pictures: 0,
    done: [],
  }
  const message = prompt[at]
  if (message?.role === 'user') {
    for (const part of message.content) {
      if (part.type === 'file') conversation.pictures++
      else {
        const attached = /^\[attached file: "?(.*?)"? \(file-[^\s()]+\); .*\]$/.exec(part.text)
        if (attached?.[1]) conversation.attached.push(attached[1])
        else conversation.question += `${conversation.question && '\n'}${part.text}`
      }
    }
  }
  const inputs = new Map<string, Record<string, unknown>>()
  for (const { role, content } of prompt.slice(at + 1)) {
    if (role !== 'assistant' && role !== 'tool') continue
    for (const part of content) {
      if (part.type === 'tool-call') inputs.set(part.toolCallId, asObject(part.input))
      if (part.type !== 'tool-result') continue
      const output = outputText(part.output)
      const failed = part.output.type.startsWith('error') || isTraceback(output)
      const input = inputs.get(part.toolCallId) ?? {}
      conversation.done.push({ name: part.toolName, input, output, failed })
    }
  }
  return conversation
}

function earlierIn(prompt: LanguageModelV4Prompt): DemoConversation['earlier'] {
  return prompt.flatMap(({ role, content }) => {
    if (role !== 'user' && role !== 'assistant') return []
    const text = content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
    return text ? [{ role, text }] : []
  })
}

function libraryIn(system: string): DemoConversation['library'] {
  const [, count, list = ''] = /^Files for file_search: (\d+).*\n((?:- .*\n?)*)/m.exec(system) ?? []
  const names = [...list.matchAll(/^- "?(.*?)"?$/gm)].map(([, name = '']) => name)
  return { count: Number(count ?? 0), names }
}

function outputText(output: LanguageModelV4ToolResultOutput): string {
  switch (output.type) {
    case 'text':
    case 'error-text':
      return output.value
    case 'json':
    case 'error-json':
      return JSON.stringify(output.value)
    case 'execution-denied':
      return output.reason ?? 'denied'
    case 'content':
      return output.value.map((part) => (part.type === 'text' ? part.text : '')).join('\n')
  }
}

const isTraceback = (output: string) =>
  /^Traceback \(most recent call last\)|^(\w+\.)*[A-Z]\w*(Error|Exception|Interrupt)\b(:|$)/m.test(output)

/** The last line of a traceback, which names the error. */
export function whatFailed(output: string): string {
  const lines = output
    .split('\n')
    .filter((line) => /^(\w+\.)*[A-Z]\w*(Error|Exception|Interrupt)\b/.test(line))
  return (lines.at(-1) ?? output.trim().split('\n').at(-1) ?? '').replace(/: \[<class.*/, '').slice(0, 300)
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
