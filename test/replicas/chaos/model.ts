import {
  startFakeUpstream,
  type FakeChatRequest,
  type FakeReply,
  type FakeUpstream,
} from '../../fake-upstream.ts'

/** What the message of a user asks the model to do. */
export type Task = 'talk' | 'long' | 'function' | 'python' | 'search'

/** The text of a message that asks for a task. The token makes it unique. */
export const taskText = (task: Task, token: string) => `Please: ${task} ${token}.`

const asking = /Please: (\w+) (\w+)\./

export const tokenIn = (text: string): string => asking.exec(text)?.[2] ?? ''

/** The code that the model writes for a token, and its output. It also writes a file. */
export const cell = (token: string) => ({
  code: `open('/mnt/data/${token}.txt', 'w').write('${token}'); print('${token}'[::-1])`,
  prints: token.split('').toReversed().join(''),
})

/** The sentence of a file that a search finds. */
export const sentence = (word: string) => `The word of this file is ${word}.`

/** The answer of the model at the end of a task. It contains the first line of each of these tool outputs. */
export function answerTo(token: string, told: string[]): string[] {
  const words = Array.from({ length: 12 }, (_, at) => `${token}.${at} `)
  return told.length > 0 ? [...words, 'told: ', ...told.map((output) => `${output.split('\n')[0]} `)] : words
}

/** A model server that does what the last message of the user asks for, in the same way every time. */
export const startModel = (random: (n: number) => number): Promise<FakeUpstream> =>
  startFakeUpstream({ record: false, reply: (request) => reply(request, 10 + random(30)) })

function reply({ messages }: FakeChatRequest, tokenMs: number): FakeReply {
  const at = messages.findLastIndex(({ role }) => role === 'user')
  const [, task, token = ''] = asking.exec(JSON.stringify(messages[at]?.content)) ?? []
  const outputs = messages
    .slice(at)
    .flatMap(({ role, content }) => (role === 'tool' ? [textOf(content)] : []))
  const told = task === 'search' ? outputs.map(wordIn) : outputs
  if (task === 'long') return { tokens: Array.from({ length: 300 }, (_, n) => `${token}.${n} `), tokenMs }
  const calls = told.length === 0 ? callsOf(task, token) : undefined
  if (calls)
    return {
      tokenMs,
      toolCalls: calls.map(({ name, input }) => ({ name, arguments: JSON.stringify(input) })),
    }
  return { tokens: answerTo(token, told), tokenMs }
}

/** The calls with which the model begins a task. */
function callsOf(task: string | undefined, token: string): { name: string; input: object }[] | undefined {
  if (task === 'function') return ['a', 'b'].map((n) => ({ name: 'look', input: { token, n } }))
  if (task === 'python') return [{ name: 'code_interpreter', input: { code: cell(token).code } }]
  if (task === 'search')
    return [{ name: 'file_search', input: { queries: ['What is the word of this file?'] } }]
  return undefined
}

const wordIn = (output: string) => /The word of this file is (\w+)\./.exec(output)?.[1] ?? 'nothing'

const textOf = (content: unknown) => (typeof content === 'string' ? content : JSON.stringify(content))
