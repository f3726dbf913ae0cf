import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import { scripted, type ScriptedPart, type ScriptedTurn } from '../../src/models/scripted.ts'
import type { OwnTool } from '../../src/tools/own-tool.ts'
import { analyst } from './analyst.ts'

/**
 * What the cases of every client talk to, each behaviour under the name that an assistant gives as its model.
 * None of them counts its calls: programs in any language share them, in any order.
 */
export const behaviours = () => ({
  /** Says what the user said last, word by word. */
  echo: scripted((prompt) => ({
    text: `You said: ${lastUserText(prompt)}`.split(/(?= )/),
    usage: { input: 12, output: 5 },
  })),
  /** Writes summaries under a name that a session of the Agents SDK takes for a model that can. */
  'gpt-4.1': scripted(() => ({ text: 'A summary.' })),
  /** Says it as slowly as a model. */
  slow: scripted((prompt) => ({ text: `You said: ${lastUserText(prompt)}`.split(/(?= )/), delayMs: 30 })),
  /** Asks for the weather of two cities, then tells it. */
  weather: scripted((prompt) => {
    const outputs = outputsSinceUser(prompt)
    if (outputs.length > 0) return { text: ['Outside it is ', outputs.join(' and '), '.'] }
    return {
      toolCalls: [
        { name: 'get_weather', arguments: { city: 'Paris' } },
        { name: 'get_weather', arguments: { city: 'Rome', unit: 'celsius' } },
      ],
    }
  }),
  /** Answers in JSON. */
  forecaster: scripted(() => ({ text: ['{"city":"Paris",', '"degrees":21}'] })),
  /** Writes a text for a tool, and tells what it gave. */
  clerk: scripted((prompt): ScriptedTurn => {
    const [output] = outputsSinceUser(prompt)
    if (output !== undefined) return { text: ['The answer is ', output, '.'] }
    return { toolCalls: [{ name: 'write_sql', arguments: { input: 'select count(*) from cities' } }] }
  }),
  /** Has Codex write a file, and tells the last line that it was told of it. */
  shell: scripted((prompt): ScriptedTurn => {
    const [output] = outputsSinceUser(prompt)
    if (output !== undefined) return { text: ['The shell says: ', output.trim().split('\n').at(-1) ?? ''] }
    const cmd = "printf 'made by codex' > made.txt && cat made.txt"
    return { toolCalls: [{ name: 'exec_command', arguments: { cmd } }] }
  }),
  /** Asks an agent that is its tool. */
  boss: scripted((prompt): ScriptedTurn => {
    const [output] = outputsSinceUser(prompt)
    if (output !== undefined) return { text: ['The agent says: ', output] }
    return { toolCalls: [{ name: 'get_weather', arguments: { input: 'How warm is it?' } }] }
  }),
  /** Hands what it is asked to an agent for the weather. */
  triage: scripted(() => ({ toolCalls: [{ name: 'transfer_to_weather_agent', arguments: {} }] })),
  /** Runs a program of a few lines, then tells what it printed. */
  coder: scripted((prompt): ScriptedTurn => {
    const [output] = outputsSinceUser(prompt)
    if (output !== undefined) return { text: ['Python says ', output.trim(), '.'] }
    const code = 'numbers = [3, 5, 7]\nfor number in numbers:\n    print(number * 2)\n'
    return { toolCalls: [{ name: 'code_interpreter', arguments: { code } }] }
  }),
  /** Makes the texts in its container loud, and links to what it has written. */
  scribe: scripted((prompt): ScriptedTurn => {
    if (outputsSinceUser(prompt).length > 0)
      return { text: ['Here is ', '[the text](sandbox:/mnt/data/loud.md)', '.'] }
    const code = `from pathlib import Path
text = ''.join(path.read_text() for path in Path('/mnt/data').glob('*.txt'))
Path('/mnt/data/loud.md').write_text(text.upper())
print(text)
`
    return { toolCalls: [{ name: 'code_interpreter', arguments: { code } }] }
  }),
  /** Searches files, and cites the first of what it finds. */
  librarian: scripted((prompt): ScriptedTurn => {
    const [output] = outputsSinceUser(prompt)
    if (output !== undefined) return { text: ['It is ', 'so', output.match(/【[^】]+】/)?.[0] ?? '', '.'] }
    return { toolCalls: [{ name: 'file_search', arguments: { queries: [lastUserText(prompt)] } }] }
  }),
  /** Rolls the dice of the MCP server `lab`, and tells what they gave. */
  roller: scripted((prompt): ScriptedTurn => {
    const last = prompt.at(-1)
    if (last?.role !== 'tool') return { toolCalls: [{ name: 'lab__roll', arguments: {} }] }
    return { text: ['It is ', outputsOf([last])[0] ?? '', '.'] }
  }),
  /** Throws the dice of `dice`, and tells what they gave. */
  gambler: scripted((prompt): ScriptedTurn => {
    const [output] = outputsSinceUser(prompt)
    if (output !== undefined) return { text: ['The dice say: ', output] }
    return { toolCalls: [{ name: 'dice', arguments: { count: 2 } }] }
  }),
  /** Searches the web, looks into a page of it, and cites that page. */
  reporter: scripted(() => ({
    parts: [
      searched({ type: 'search', query: 'night ferry', queries: ['night ferry'] }, [
        { type: 'url', url: page },
      ]),
      searched({ type: 'openPage', url: page }),
      searched({ type: 'findInPage', url: page, pattern: 'eleven' }),
      { text: ['It leaves at eleven', { url: page, title: 'The harbour', start: 0, end: 19 }, '.'] },
    ],
  })),
  /** Makes a picture, of which it shows a first draft. */
  painter: scripted(() => ({
    parts: [
      {
        hosted: {
          name: 'image_generation',
          partials: [{ result: pixel }],
          result: { result: pixel, revisedPrompt: 'A very small ferry' },
        },
      },
      { text: 'Here it is.' },
    ],
  })),
  /** Works on a computer, and tells whether it has seen its screen after that. */
  operator: scripted((prompt): ScriptedTurn => {
    const last = prompt.at(-1)
    if (last?.role !== 'tool') return { toolCalls: [{ name: 'computer', arguments: work }] }
    return { text: JSON.stringify(last.content).includes(`base64,${pixel}`) ? 'It is open.' : 'It is dark.' }
  }),
  /** Draws a chart of a table, after a mistake. */
  analyst: scripted((prompt) => analyst(prompt, outputsSinceUser(prompt))),
  /** Reaches its limit in the middle of its answer. */
  brief: scripted(() => ({ text: ['This is a', ' long'], finishReason: 'length' })),
  /** Begins to answer and never ends. */
  endless: scripted(() => ({ text: 'Once upon a time', hang: true })),
  /** Is refused by its provider. */
  broken: scripted(() => ({ error: { status: 400, message: 'The prompt is bad.' } })),
})

const page = 'https://example.com/harbour'
const searched = (action: object, sources?: object[]): ScriptedPart => ({
  hosted: { name: 'web_search', result: { action, ...(sources && { sources }) } },
})

/** A picture of one pixel. */
export const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** Everything that can be done on a computer. The older tool is shown the first action alone. */
const work = {
  actions: [
    { type: 'click', button: 'left', x: 10, y: 20 },
    { type: 'double_click', x: 10, y: 20, keys: null },
    { type: 'type', text: 'ferry' },
    { type: 'keypress', keys: ['CTRL', 'S'] },
    { type: 'move', x: 30, y: 40 },
    { type: 'drag', path: [1, 2].map((at) => ({ x: at, y: at })) },
    { type: 'scroll', x: 30, y: 40, scrollX: 0, scrollY: 50 },
    { type: 'wait' },
    { type: 'screenshot' },
  ],
  pendingSafetyChecks: [{ id: 'check', code: 'irrelevant_domain', message: 'Look at the address.' }],
}

/** A tool of the program that embeds the server, which shows its output in two pieces. */
export const dice: OwnTool = {
  type: 'dice',
  description: 'Throws dice.',
  parameters: { type: 'object', properties: { count: { type: 'integer' } } },
  run({ show }) {
    show('4 ')
    return '4 2'
  },
}

function lastUserText(prompt: LanguageModelV4Prompt): string {
  const message = prompt.findLast(({ role }) => role === 'user')
  if (message?.role !== 'user') return ''
  return message.content.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join(' ')
}

/** What tools have given back since the user spoke. That one agent hands over to another is no output of a tool. */
function outputsSinceUser(prompt: LanguageModelV4Prompt): string[] {
  return outputsOf(prompt.slice(prompt.findLastIndex(({ role }) => role === 'user') + 1))
}

function outputsOf(prompt: LanguageModelV4Prompt): string[] {
  return prompt.flatMap((message) => {
    if (message.role !== 'tool') return []
    return message.content.flatMap((part) =>
      part.type === 'tool-result' && part.output.type === 'text' && !part.toolName.startsWith('transfer_to_')
        ? [part.output.value]
        : [],
    )
  })
}
