import { createHash } from 'node:crypto'
import type { Row } from './tables.ts'

const bits = 128

/**
 * A number and a hash of rows, which is the same in whatever order they were added: databases need not agree on how
 * texts are sorted.
 */
export class RowSum {
  rows = 0
  #sum = 0n

  add(row: Row): void {
    // Before `stringify`, which would take a Buffer for something else than an array of bytes.
    const text = JSON.stringify(
      row.map((value) =>
        value instanceof Uint8Array ? { sha256: createHash('sha256').update(value).digest('hex') } : value,
      ),
    )
    const hash = createHash('sha256').update(text).digest('hex')
    this.#sum = BigInt.asUintN(bits, this.#sum + BigInt(`0x${hash.slice(0, bits / 4)}`))
    this.rows++
  }

  /** In hexadecimal. */
  get hash(): string {
    return this.#sum.toString(16).padStart(bits / 4, '0')
  }
}
