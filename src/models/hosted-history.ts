import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultOutput,
} from '@ai-sdk/provider'

type Assistant = Extract<LanguageModelV4Message, { role: 'assistant' }>
type Result = Extract<LanguageModelV4Message, { role: 'tool' }>['content'][number]

/**
 * The prompt for a model that can be sent the calls of some tools, by their names. Of calls that a provider has run, the others
 * are left out: pictures which were made, and screenshots, become pictures of the user after the turn, and what a
 * search found is in the text that was written after it.
 */
export function withoutHostedCalls(
  prompt: LanguageModelV4Prompt,
  canBeSent: (toolName: string) => boolean,
): LanguageModelV4Prompt {
  if (!prompt.some(mayHoldHosted)) return prompt
  const history = new History(canBeSent)
  for (const message of prompt) history.add(message)
  return history.end()
}

const mayHoldHosted = ({ role, content }: LanguageModelV4Message): boolean =>
  role === 'assistant' || role === 'tool'
    ? content.some(
        (part) =>
          (part.type === 'tool-call' && part.providerExecuted === true) ||
          (part.type === 'tool-result' && part.output.type === 'json'),
      )
    : false

class History {
  #sent: LanguageModelV4Prompt = []
  #canBeSent: (toolName: string) => boolean
  /** The ids of calls that a provider has run, and whether they are sent. */
  #hosted = new Map<string, boolean>()
  #pictures: LanguageModelV4FilePart[] = []

  constructor(canBeSent: (toolName: string) => boolean) {
    this.#canBeSent = canBeSent
  }

  add(message: LanguageModelV4Message): void {
    // The results of a turn directly follow its calls.
    if (message.role !== 'tool') this.#showPictures()
    if (message.role === 'assistant') this.#addTurn(message)
    else if (message.role === 'tool') {
      const content = message.content.flatMap((part) => this.#result(part))
      if (content.length > 0) this.#sent.push({ ...message, content })
    } else this.#sent.push(message)
  }

  end(): LanguageModelV4Prompt {
    this.#showPictures()
    return this.#sent
  }

  #addTurn(turn: Assistant): void {
    const content = turn.content.flatMap((part): Assistant['content'] => {
      if (part.type === 'tool-call' && part.providerExecuted === true) {
        const isSent = this.#canBeSent(part.toolName)
        this.#hosted.set(part.toolCallId, isSent)
        return isSent ? [part] : []
      }
      if (part.type !== 'tool-result') return [part]
      this.#look(part)
      return this.#hosted.get(part.toolCallId) === false ? [] : [part]
    })
    if (content.length > 0) this.#sent.push({ ...turn, content })
  }

  /** What a provider has run belongs to the turn of the model. */
  #result(part: Result): Result[] {
    if (part.type !== 'tool-result') return [part]
    const found = this.#look(part)
    const isSent = this.#hosted.get(part.toolCallId)
    const turn = this.#sent.at(-1)
    if (isSent === true && turn?.role === 'assistant') turn.content.push(part)
    if (isSent !== undefined) return []
    return [found ? { ...part, output: { type: 'text', value: 'The picture follows.' } } : part]
  }

  /** Returns true when there is a picture in the result, which is shown after the turn. */
  #look({ toolName, output }: Extract<Result, { type: 'tool-result' }>): boolean {
    const found = this.#canBeSent(toolName) ? undefined : pictureIn(output)
    if (found) this.#pictures.push(found)
    return found !== undefined
  }

  #showPictures(): void {
    if (this.#pictures.length === 0) return
    const text = { type: 'text' as const, text: 'Pictures that the tools made:' }
    this.#sent.push({ role: 'user', content: [text, ...this.#pictures] })
    this.#pictures = []
  }
}

/** Of a generated picture, which is `{ result }`, and of a screenshot, which is `{ output: { imageUrl } }`. */
function pictureIn(output: LanguageModelV4ToolResultOutput): LanguageModelV4FilePart | undefined {
  if (output.type !== 'json') return undefined
  const { result, output: shown } = fields(output.value)
  if (typeof result === 'string' && result !== '') return picture(result)
  const { imageUrl } = fields(shown)
  if (typeof imageUrl !== 'string') return undefined
  const inside = /^data:(image\/[\w.+-]+);base64,(.*)$/s.exec(imageUrl)
  if (inside) return picture(inside[2] ?? '', inside[1])
  const url = URL.parse(imageUrl)
  return url ? { type: 'file', mediaType: 'image/*', data: { type: 'url', url } } : undefined
}

const picture = (data: string, mediaType = mediaTypeOf(data)): LanguageModelV4FilePart => ({
  type: 'file',
  mediaType,
  data: { type: 'data', data },
})

/** From the first bytes, as base64. */
function mediaTypeOf(data: string): string {
  if (data.startsWith('/9j/')) return 'image/jpeg'
  return data.startsWith('UklGR') ? 'image/webp' : 'image/png'
}

const fields = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
