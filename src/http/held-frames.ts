/** Frames of a connection that are kept for a while, as many as may be. */
export class HeldFrames {
  count = 0
  #bytes = 0
  readonly #most: { frames: number; bytes: number }

  constructor(most: { frames: number; bytes: number }) {
    this.#most = most
  }

  /** Whether one more of so many bytes is too much. A single one never is. */
  isFullFor(bytes: number): boolean {
    return this.count >= this.#most.frames || (this.count > 0 && this.#bytes + bytes > this.#most.bytes)
  }

  add(bytes: number): void {
    this.count++
    this.#bytes += bytes
  }

  remove(bytes: number): void {
    this.count--
    this.#bytes -= bytes
  }
}
