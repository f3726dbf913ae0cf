import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { scanJson, type JsonScan } from '../json-scan.ts'

/** No model that is in its right mind calls more in one turn. */
const maxCalls = 1_000

/** A piece of a tool call as servers stream it. */
export interface CallPiece {
  /** Which of the turn's calls this belongs to. Some servers leave it out, others always say 0. */
  index: number | undefined
  /** Empty where the piece has none; so is the name. */
  id: string
  name: string
  arguments: string
}

interface OpenCall {
  index: number | undefined
  /** As the server gave it. */
  givenId: string
  /** As it is emitted: unlike every other id of the turn. */
  id: string
  name: string
  arguments: string
  scan: JsonScan
  /** Its head, which has no id, was said again when it was whole: the end of it, or the beginning of one more. */
  headAgain: boolean
}

/**
 * Puts the calls of one turn together from their pieces. Servers agree on neither indexes nor ids: calls that share an
 * index and differ in their ids (Ollama, SGLang, gateways of Gemini), ids that repeat ("0" from Xinference), an id of
 * its own on every piece (older vLLM), no indexes at all (Gemini), names that come late or with every piece. So a call
 * begins where a piece cannot belong to an open one, and it gets an id that no other call of the turn has.
 */
export class ChatCalls {
  #emit: (part: LanguageModelV4StreamPart) => void
  #calls: OpenCall[] = []
  #ids = new Set<string>()

  constructor(emit: (part: LanguageModelV4StreamPart) => void) {
    this.#emit = emit
  }

  get size(): number {
    return this.#calls.length
  }

  /** Whether there is a call of a function that nobody named. */
  get nameless(): boolean {
    return this.#calls.some((call) => call.name === '')
  }

  add(piece: CallPiece): void {
    // An id alone says nothing: the ids that go on from here are made unique anyway.
    if (piece.name === '' && piece.arguments === '') return
    if (piece.id !== '' && this.has(piece)) return
    const open = this.#find(piece)
    if (open && repeats(open, piece)) {
      open.headAgain ||= piece.name !== '' && piece.id === ''
      return
    }
    if (open && begins(open, piece)) return this.#take(this.#begin(piece), named(piece, open))
    this.#take(open ?? this.#begin(piece), piece)
  }

  /** Whether the piece is a whole call that is there: some servers say them all once more at the end. */
  has({ id, name, arguments: given }: CallPiece): boolean {
    return this.#calls.some(
      (call) =>
        call.scan.complete &&
        call.name === name &&
        call.arguments === given &&
        (id === '' || call.givenId === id),
    )
  }

  #take(call: OpenCall, piece: CallPiece): void {
    call.givenId ||= piece.id
    call.arguments += piece.arguments
    call.scan.push(piece.arguments)
    let delta = piece.arguments
    if (call.name === '') {
      // The name may come after the first arguments, which are held back until then.
      if (piece.name === '') return
      call.name = piece.name
      delta = call.arguments
      this.#emit({ type: 'tool-input-start', id: call.id, toolName: call.name })
    }
    if (delta) this.#emit({ type: 'tool-input-delta', id: call.id, delta })
  }

  /** All pieces are here. */
  end(): void {
    for (const { id, name, arguments: input } of this.#calls) {
      if (name === '') continue
      this.#emit({ type: 'tool-input-end', id })
      this.#emit({ type: 'tool-call', toolCallId: id, toolName: name, input: input.trim() ? input : '{}' })
    }
  }

  /** The newest call that the piece may belong to: by its index and, among calls that share one, by its id. */
  #find({ index, id }: CallPiece): OpenCall | undefined {
    const under = this.#calls.filter((call) => index === undefined || call.index === index)
    const sameId = id === '' ? undefined : under.findLast((call) => call.givenId === id)
    if (index !== undefined) return sameId ?? under.at(-1)
    // Without an index a new id begins a call.
    return sameId ?? (id === '' ? under.at(-1) : undefined)
  }

  #begin({ index, id: givenId }: CallPiece): OpenCall {
    if (this.#calls.length === maxCalls) throw new RangeError('too many calls')
    const id =
      givenId !== '' && !this.#ids.has(givenId) ? givenId : `call_${crypto.randomUUID().replaceAll('-', '')}`
    this.#ids.add(id)
    const call: OpenCall = { index, givenId, id, name: '', arguments: '', scan: scanJson(), headAgain: false }
    this.#calls.push(call)
    return call
  }
}

/** Whether the piece begins another call than the one that it was found to fit. */
function begins(call: OpenCall, { id, name, arguments: given }: CallPiece): boolean {
  const otherId = id !== '' && call.givenId !== '' && id !== call.givenId
  if (call.scan.complete) return otherId || name !== '' || (call.headAgain && given.trim() !== '')
  return name !== '' && call.name !== '' && (otherId || name !== call.name)
}

/** What comes after the head of a call that was taken for the end of the one before. */
const named = (piece: CallPiece, { headAgain, name }: OpenCall): CallPiece =>
  headAgain && piece.name === '' ? { ...piece, name } : piece

/** Some servers say the head of a call again when it is over, or end it with a line break. */
const repeats = (call: OpenCall, { id, name, arguments: given }: CallPiece) =>
  call.scan.complete && given.trim() === '' && (name === '' || (name === call.name && id === call.givenId))
