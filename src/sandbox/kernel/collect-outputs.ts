import { FrameError } from './frames.ts'
import type { KernelAnswer } from './connection.ts'
import type { SandboxLimits, KernelOutput } from '../sandbox.ts'

const pngMagic = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const textTypes = new Set(['text/plain', 'text/html', 'text/latex', 'image/svg+xml'])

/**
 * What a frame counts in addition to its text, as in harness_output.py, because small frames also take work and memory.
 */
const frameCost = 64

/**
 * Converts the answers to one call of `run` to outputs. The harness keeps to the limits by itself. When a limit is
 * exceeded here by a wide margin, hostile code has replaced the harness, so this throws FrameError.
 */
export function collectOutputs(limits: SandboxLimits): (answer: KernelAnswer) => KernelOutput | undefined {
  let text = 0
  let images = 0
  let pending:
    | { output: KernelOutput & { type: 'display' | 'result' }; png: Buffer<ArrayBuffer>; had: number }
    | undefined

  const spend = (...texts: string[]) => {
    text += texts.reduce((sum, one) => sum + one.length, frameCost)
    if (text > 2 * limits.output + (1 << 20)) throw new FrameError('more output than allowed')
  }

  return (answer) => {
    if (pending) {
      spend()
      if (answer.ev !== 'bytes') throw new FrameError('bytes of an image expected')
      const { output, png, had } = pending
      if (answer.bytes.length === 0 || had + answer.bytes.length > png.length)
        throw new FrameError('an image of another size than told')
      // The parts are not kept, because a part can be one byte, and its object takes a hundred.
      png.set(answer.bytes, had)
      pending.had += answer.bytes.length
      if (pending.had < png.length) return undefined
      pending = undefined
      if (png.subarray(0, 8).equals(pngMagic)) output.data['image/png'] = png.toString('base64')
      return output
    }
    switch (answer.ev) {
      case 'stream':
        spend(answer.text)
        return { type: 'stream', name: answer.name, text: answer.text }
      case 'error': {
        const { ename, evalue, traceback } = answer
        spend(ename, evalue, traceback)
        return { type: 'error', ename, evalue, traceback }
      }
      case 'display':
      case 'result': {
        const shown = Object.entries(answer.data).filter(([type]) => textTypes.has(type))
        spend(...shown.map(([, value]) => value))
        const output: KernelOutput = { type: answer.ev, data: Object.fromEntries(shown) }
        if (answer.size === 0) return output
        images += 1
        if (images > limits.images || answer.size > limits.imageBytes)
          throw new FrameError('more images than allowed')
        pending = { output, png: Buffer.alloc(answer.size), had: 0 }
        return undefined
      }
      case 'done':
        return {
          type: 'done',
          status: answer.status,
          truncated: answer.truncated,
          ...(answer.exhausted && { exhausted: true as const }),
        }
      default:
        throw new FrameError(`"${answer.ev}" is no answer to "run"`)
    }
  }
}
