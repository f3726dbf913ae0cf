import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { ProviderMetadata } from '../contract/provider-metadata.ts'
import { pieceOf } from './piece-of-reasoning.ts'
import type { ReasoningWriter } from './transcript.ts'

export type ReasoningPart = Extract<
  LanguageModelV4StreamPart,
  { type: 'reasoning-start' | 'reasoning-delta' | 'reasoning-end' }
>

interface Block {
  text: string
  metadata: ProviderMetadata
}

/** The reasoning of one turn, which is shown as it comes and kept for the next prompt. */
export class TurnReasoning {
  #openWriter: () => Promise<ReasoningWriter | undefined>
  #blocks = new Map<string, Block>()
  /** The block that is being shown, by the provider's name for it, or the last one of several parts. */
  #shown: { of: string; writer: ReasoningWriter } | undefined

  /** `openWriter` returns undefined where what the model thinks is not shown. */
  constructor(openWriter: () => Promise<ReasoningWriter | undefined>) {
    this.#openWriter = openWriter
  }

  get isOpen(): boolean {
    return this.#shown !== undefined
  }

  /** All of it, as the provider must get it back. */
  get blocks(): Block[] {
    return [...this.#blocks.values()]
  }

  take(part: ReasoningPart): Promise<void> | void {
    const block = this.#blocks.get(part.id) ?? { text: '', metadata: {} }
    this.#blocks.set(part.id, block)
    if (part.type === 'reasoning-delta') block.text += part.delta
    // The metadata of the last part belongs to the whole block, because providers sign a block at its end.
    if (part.providerMetadata) block.metadata = part.providerMetadata as ProviderMetadata
    if (part.type === 'reasoning-end') return this.#endBlock(part.id, block)
    if (part.type !== 'reasoning-delta' || part.delta === '') return
    this.#divideBefore(part.id)
    if (this.#shown?.of === part.id) return this.#shown.writer.append(part.delta)
    return this.#show(part.id, part.delta)
  }

  /** The model has gone on with something else. */
  async end(): Promise<void> {
    const shown = this.#shown
    this.#shown = undefined
    await shown?.writer.complete(this.#blocks.get(shown.of)?.metadata ?? {})
  }

  /** When this is another part of the reasoning that is being shown, what follows is written to it. */
  #divideBefore(id: string): void {
    const shown = this.#shown
    if (!shown || shown.of === id || pieceOf(shown.of) !== pieceOf(id)) return
    shown.writer.divide()
    shown.of = id
  }

  async #show(of: string, text: string): Promise<void> {
    await this.end()
    const writer = await this.#openWriter()
    if (!writer) return
    this.#shown = { of, writer }
    writer.append(text)
  }

  /** A block without text is kept all the same where its provider wants it back: it may be readable for the provider alone. */
  async #endBlock(of: string, { text, metadata }: Block): Promise<void> {
    if (text === '' && Object.keys(metadata).length > 0) {
      this.#divideBefore(of)
      if (this.#shown?.of !== of) await this.#show(of, '')
    }
    // A numbered part may be followed by another one.
    if (this.#shown?.of === of && pieceOf(of) === of) await this.end()
  }
}
