import type { LanguageModelV4ToolCall } from '@ai-sdk/provider'
import type { ProviderMetadata } from '../contract/provider-metadata.ts'
import { scanJson } from '../models/json-scan.ts'
import type { CallsWriter } from './transcript.ts'

interface Call {
  id: string
  name: string
  /** The pieces of the arguments that have arrived so far. */
  pieces: string[]
  scan: ReturnType<typeof scanJson>
  /** The index of the call in the step. Undefined until the call is shown. */
  place?: number
  metadata?: ProviderMetadata
  /** True when all of the call has arrived. */
  whole: boolean
  /** True when the call is complete in the step. Whatever still arrives is dropped. */
  settled: boolean
}

/**
 * Passes the calls of one turn on to their step. The pieces of a call are held back until the call before it is
 * complete, because clients take a call for finished when the next one begins. Ids may repeat: when a call is complete,
 * its id may begin another one.
 */
export class TurnCalls {
  #writer: CallsWriter
  #calls: Call[] = []
  /** The index of the first call that is not settled. Only this call is being shown. */
  #shown = 0

  constructor(writer: CallsWriter) {
    this.#writer = writer
  }

  begin(id: string, name: string): void {
    this.#calls.push({ id, name, pieces: [], scan: scanJson(), whole: false, settled: false })
    this.#show()
  }

  /** True while the rest of a call with this id has not arrived. */
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

  /** Takes the complete call in place of the pieces that have arrived. */
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

  /** Also shows what was held back of calls that never became complete. */
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
