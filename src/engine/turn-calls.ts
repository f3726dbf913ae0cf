import type { LanguageModelV4ToolCall } from '@ai-sdk/provider'
import type { ProviderMetadata } from '../contract/provider-metadata.ts'
import { scanJson } from '../models/json-scan.ts'
import type { CallsWriter } from './transcript.ts'

interface Call {
  id: string
  name: string
  /** All that the model has said of its arguments. */
  pieces: string[]
  scan: ReturnType<typeof scanJson>
  /** Its place in the step, once it is shown. */
  place?: number
  metadata?: ProviderMetadata
  /** The model has said all of it. */
  whole: boolean
  /** Settled in the step; what still comes is dropped. */
  settled: boolean
}

/**
 * The calls of one turn on their way into its step. A call's pieces are held back until the call before it is whole,
 * because clients take a call for finished when the next one begins. Ids may repeat: one whose call is whole begins
 * another.
 */
export class TurnCalls {
  #writer: CallsWriter
  #calls: Call[] = []
  /** The first call that is not settled is the one that is shown. */
  #shown = 0

  constructor(writer: CallsWriter) {
    this.#writer = writer
  }

  begin(id: string, name: string): void {
    this.#calls.push({ id, name, pieces: [], scan: scanJson(), whole: false, settled: false })
    this.#show()
  }

  /** Whether the rest of a call with this id is still to come. */
  isOpen(id: string): boolean {
    return this.#calls.some((call) => call.id === id && !call.whole)
  }

  argue(id: string, piece: string): void {
    const call = this.#calls.findLast((one) => one.id === id)
    if (!call || call.whole || call.settled) return
    call.pieces.push(piece)
    call.scan.push(piece)
    if (call.place !== undefined) this.#writer.argue(call.place, piece)
    this.#show()
  }

  /** The whole of an open call. */
  complete({ toolCallId, toolName, input, providerMetadata }: LanguageModelV4ToolCall): void {
    const open = this.#calls.filter((one) => one.id === toolCallId && !one.whole)
    const call = open.find(({ name }) => name === toolName) ?? open[0]
    if (!call) return
    call.whole = true
    if (providerMetadata) call.metadata = providerMetadata as ProviderMetadata
    if (!call.settled) call.pieces = [input]
    else if (call.metadata) this.#writer.mark(call.place ?? 0, call.metadata)
    this.#show()
  }

  /** Shows also what was held back of calls that will never be whole. */
  end(): void {
    for (const call of this.#calls) call.whole = true
    this.#show()
  }

  #show(): void {
    for (let call = this.#calls[this.#shown]; call; call = this.#calls[++this.#shown]) {
      if (call.place === undefined) {
        call.place = this.#writer.begin(call.name)
        for (const piece of call.pieces) this.#writer.argue(call.place, piece)
      }
      const isLast = this.#shown === this.#calls.length - 1
      if (!call.whole && (isLast || !call.scan.complete)) return
      this.#writer.settle(call.place, call.pieces.join(''))
      if (call.metadata) this.#writer.mark(call.place, call.metadata)
      call.settled = true
    }
  }
}
