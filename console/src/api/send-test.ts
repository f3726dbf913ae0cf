import type OpenAI from 'openai'

export interface TestAnswer {
  text: string
  /** In seconds from the request on. */
  firstToken: number | null
  total: number
  tokens: { input: number; output: number } | null
}

/** Asks a model something on a thread of its own, with an assistant of its own. Both are deleted afterwards. */
export async function sendTest(
  client: OpenAI,
  { model, text, onText }: { model: string; text: string; onText: (text: string) => void },
): Promise<TestAnswer> {
  const metadata = { purpose: 'test of a model from the console' }
  const assistant = await client.beta.assistants.create({ model, name: 'Test of a model', metadata })
  let thread: string | undefined
  try {
    const began = performance.now()
    const since = () => (performance.now() - began) / 1_000
    const answer: TestAnswer = { text: '', firstToken: null, total: 0, tokens: null }
    const stream = await client.beta.threads.createAndRun({
      assistant_id: assistant.id,
      thread: { messages: [{ role: 'user', content: text }], metadata },
      stream: true,
    })
    for await (const { event, data } of stream) {
      if (event === 'thread.created') thread = data.id
      if (event === 'thread.message.delta') {
        const parts = data.delta.content ?? []
        answer.text += parts.map((part) => (part.type === 'text' ? (part.text?.value ?? '') : '')).join('')
        answer.firstToken ??= since()
        onText(answer.text)
      }
      if (event === 'thread.run.completed' || event === 'thread.run.incomplete')
        answer.tokens = data.usage && {
          input: data.usage.prompt_tokens,
          output: data.usage.completion_tokens,
        }
      if (event === 'thread.run.failed' || event === 'thread.run.expired')
        throw new Error(data.last_error?.message ?? 'The run has failed.')
    }
    return { ...answer, total: since() }
  } finally {
    if (thread !== undefined) await client.beta.threads.delete(thread)
    await client.beta.assistants.delete(assistant.id)
  }
}
