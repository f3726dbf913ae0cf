import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { HostedCallWriter, Transcript } from './transcript.ts'

type ToolResult = Extract<LanguageModelV4StreamPart, { type: 'tool-result' }>

/**
 * The calls of one turn that the provider runs itself. They are shown as they come. Nobody is asked to run them, and what the
 * API of the run does not show is passed over.
 */
export class HostedCalls {
  #transcript: Transcript
  #open = new Map<string, HostedCallWriter>()
  #begun = new Set<string>()

  constructor(transcript: Transcript) {
    this.#transcript = transcript
  }

  /** Whether there was any. */
  get any(): boolean {
    return this.#begun.size > 0
  }

  get isOpen(): boolean {
    return this.#open.size > 0
  }

  has(id: string): boolean {
    return this.#begun.has(id)
  }

  /** Returns the id of what was opened. Undefined where nothing is. */
  async begin(id: string, name: string): Promise<string | undefined> {
    this.#begun.add(id)
    const writer = await this.#transcript.openHosted?.(name)
    if (writer) this.#open.set(id, writer)
    return writer?.id
  }

  async take({ toolCallId: id, result, isError, preliminary }: ToolResult): Promise<void> {
    const writer = this.#open.get(id)
    if (!writer) return
    if (preliminary) return writer.show(result)
    this.#open.delete(id)
    await writer.complete(isError ? undefined : result)
  }

  /** The turn is over, and with it what its provider has not brought to an end. */
  async end(): Promise<void> {
    const unfinished = [...this.#open.values()]
    this.#open.clear()
    for (const writer of unfinished) await writer.complete(undefined)
  }
}
