import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { scanJson, type JsonScan } from '../json-scan.ts'

/** The maximum number of calls in one turn. Only a broken model makes more. */
const maxCalls = 1_000

/** A piece of a tool call as servers stream it. */
export interface CallPiece {
  /** The index of the call in the turn. Some servers leave it out, and others always send 0. */
  index: number | undefined
  /** Empty when the piece has no id. The same is true of the name. */
  id: string
  name: string
  arguments: string
}

interface OpenCall {
  index: number | undefined
  /** The id that the server sent. */
  givenId: string
  /** The id that is passed on. No other call of the turn has it. */
  id: string
  name: string
  arguments: string
  scan: JsonScan
  /**
   * The beginning of a complete call without an id was sent again. It is either the end of this call or the beginning
   * of another one.
   */
  headAgain: boolean
}

/**
 * Assembles the calls of one turn from their pieces. Servers use indexes and ids in different ways: calls with the same
 * index and different ids (Ollama, SGLang, gateways for Gemini), repeated ids ("0" from Xinference), a new id on every
 * piece (older vLLM), no indexes (Gemini), and names that come late or with every piece. So a call begins when a piece
 * cannot belong to an open call, and it gets an id that no other call of the turn has.
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

  /** True when a call has no name. */
  get nameless(): boolean {
    return this.#calls.some((call) => call.name === '')
  }

  add(piece: CallPiece): void {
    // An id alone has no meaning, because the ids that are passed on are made unique anyway.
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

  /** True when the piece repeats a whole call. Some servers send all calls once more at the end. */
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

  /** All pieces have arrived. */
  end(): void {
    for (const { id, name, arguments: input } of this.#calls) {
      if (name === '') continue
      this.#emit({ type: 'tool-input-end', id })
      this.#emit({ type: 'tool-call', toolCallId: id, toolName: name, input: input.trim() ? input : '{}' })
    }
  }

  /**
   * The newest call that the piece may belong to. It is found by the index, and by the id when several calls share an
   * index.
   */
  #find({ index, id }: CallPiece): OpenCall | undefined {
    const under = this.#calls.filter((call) => index === undefined || call.index === index)
    const sameId = id === '' ? undefined : under.findLast((call) => call.givenId === id)
    if (index !== undefined) return sameId ?? under.at(-1)
    // Without an index, a new id begins a call.
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

/** True when the piece begins another call than the one that it was matched with. */
function begins(call: OpenCall, { id, name, arguments: given }: CallPiece): boolean {
  const otherId = id !== '' && call.givenId !== '' && id !== call.givenId
  if (call.scan.complete) return otherId || name !== '' || (call.headAgain && given.trim() !== '')
  return name !== '' && call.name !== '' && (otherId || name !== call.name)
}

/** A piece after the beginning of a call that was taken for the end of the previous call. */
const named = (piece: CallPiece, { headAgain, name }: OpenCall): CallPiece =>
  headAgain && piece.name === '' ? { ...piece, name } : piece

/** Some servers repeat the beginning of a call at its end, or end it with a line break. */
const repeats = (call: OpenCall, { id, name, arguments: given }: CallPiece) =>
  call.scan.complete && given.trim() === '' && (name === '' || (name === call.name && id === call.givenId))
