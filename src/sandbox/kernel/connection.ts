import { randomInt } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'
import { once } from 'node:events'
import { binaryFrames, endFrame, FrameError, FrameParser, lineFrame } from './frames.ts'
import { readEvent, type KernelEvent } from './kernel-events.ts'

export type KernelAnswer = KernelEvent | { ev: 'bytes'; id: number; bytes: Uint8Array }

/**
 * How many bytes may belong to no current call before the sender counts as hostile. Counted from zero for each call.
 */
const strayLimit = 4 << 20
/** How many bytes of unread answers are kept before the child must wait with its next write. */
const highWater = 1 << 20

interface Call {
  id: number
  answers: KernelAnswer[]
  size: number
  wake: () => void
}

/**
 * The host's end of the protocol. All input is hostile: its size is limited before it is parsed, it is checked against
 * the schema, and it is dropped unless it belongs to the one call that is being answered.
 */
export class Connection {
  #input: Writable
  #output: Readable
  #call: Call | undefined
  #stray = 0
  #failure: Error | undefined
  #broken = new AbortController()
  #onBroken: (error: Error) => void

  /** `onBroken` is called once, when the protocol is violated or the stream ends. */
  constructor(input: Writable, output: Readable, onBroken: (error: Error) => void) {
    this.#input = input
    this.#output = output
    this.#onBroken = onBroken
    const parser = new FrameParser()
    output.on('data', (chunk: Buffer) => {
      if (this.#failure) return
      try {
        for (const frame of parser.push(chunk)) {
          if ('line' in frame) this.#receive(readEvent(frame.line), frame.line.length)
          else this.#receive({ ev: 'bytes', ...frame }, frame.bytes.length)
        }
      } catch (error) {
        this.fail(error as Error)
      }
    })
    output.on('close', () => this.fail(new Error('the process ended')))
    output.on('error', (error) => this.fail(error))
    // The end of a process is noticed at its output, so a broken pipe here adds nothing.
    input.on('error', () => {})
  }

  /** Ends the connection. The current call and all later ones throw this error. */
  fail(error: Error): void {
    if (this.#failure) return
    this.#failure = error
    this.#broken.abort()
    this.#output.destroy()
    this.#input.destroy()
    this.#call?.wake()
    this.#onBroken(error)
  }

  /** Tells the child to interrupt the current call. */
  interrupt(): void {
    if (this.#call && !this.#failure) this.#input.write(lineFrame({ op: 'interrupt', id: this.#call.id }))
  }

  #receive(answer: KernelAnswer, length: number): void {
    const size = length + 64
    const call = this.#call
    if (!call || answer.id !== call.id) {
      this.#stray += size
      if (this.#stray > strayLimit) throw new FrameError('too much that nobody asked for')
      return
    }
    call.answers.push(answer)
    call.size += size
    if (call.size > highWater) this.#output.pause()
    call.wake()
  }

  /**
   * Sends a request, then the bytes of `body` if there is one, and yields the answers until the caller returns. One
   * call at a time. `timeoutMs` limits every wait for the child; without it the caller has its own deadline. Throws
   * when the connection breaks.
   */
  async *call(
    request: { op: string; [field: string]: unknown },
    { body, timeoutMs }: { body?: AsyncIterable<Uint8Array> | undefined; timeoutMs?: number } = {},
  ): AsyncGenerator<KernelAnswer, void> {
    if (this.#call) throw new Error('another call is being answered')
    // The id cannot be guessed, so a cell cannot prepare a fake end for the next call.
    const call: Call = { id: randomInt(1, 999_999_999), answers: [], size: 0, wake: () => {} }
    this.#call = call
    this.#stray = 0
    try {
      await this.#write(lineFrame({ ...request, id: call.id }), timeoutMs)
      if (body) await this.#sendBody(call, body, timeoutMs)
      for (;;) {
        const answers = call.answers
        call.answers = []
        call.size = 0
        this.#output.resume()
        yield* answers
        if (call.answers.length > 0) continue
        if (this.#failure) throw this.#failure
        const { promise, resolve } = Promise.withResolvers<void>()
        call.wake = resolve
        await this.#inTime(promise, timeoutMs)
      }
    } finally {
      this.#call = undefined
      this.#output.resume()
    }
  }

  /**
   * A body that fails is ended all the same, because otherwise the child would wait for the rest for ever. An answer
   * before the end is a refusal, and then the rest is not sent.
   */
  async #sendBody(call: Call, body: AsyncIterable<Uint8Array>, timeoutMs: number | undefined): Promise<void> {
    try {
      for await (const bytes of body) {
        if (call.answers.length > 0) break
        for (const part of binaryFrames(call.id, bytes)) await this.#write(part, timeoutMs)
      }
    } finally {
      await this.#write(endFrame(call.id), timeoutMs)
    }
  }

  async #write(bytes: Uint8Array, timeoutMs: number | undefined): Promise<void> {
    if (this.#failure) throw this.#failure
    if (this.#input.write(bytes)) return
    // There is no `drain` when the process has ended, and its input may have been closed before this.
    const taken = once(this.#input, 'drain', { signal: this.#broken.signal }).catch(() => {})
    await this.#inTime(taken, timeoutMs)
    if (this.#failure) throw this.#failure
  }

  async #inTime(event: Promise<unknown>, timeoutMs: number | undefined): Promise<void> {
    const timer =
      timeoutMs &&
      setTimeout(() => this.fail(new FrameError('the kernel does not answer')), timeoutMs).unref()
    await event
    if (timer) clearTimeout(timer)
  }
}
