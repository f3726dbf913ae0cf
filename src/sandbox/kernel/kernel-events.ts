import { z } from 'zod'
import { FrameError } from './frames.ts'

/** The events that a kernel may send. The length of each text is limited by the length of its line. */
const id = z.int().min(0).max(999_999_999)
const size = z.int().min(0)
const bundle = z.record(z.string().max(100), z.string())
const files = z.array(z.object({ name: z.string(), size }))

const event = z.discriminatedUnion('ev', [
  z.object({ ev: z.literal('ready'), id }),
  z.object({ ev: z.literal('stream'), id, name: z.enum(['stdout', 'stderr']), text: z.string() }),
  /** When `size` is not 0, that many bytes of a PNG follow in binary frames. */
  z.object({ ev: z.enum(['display', 'result']), id, data: bundle, size }),
  z.object({ ev: z.literal('error'), id, ename: z.string(), evalue: z.string(), traceback: z.string() }),
  z.object({
    ev: z.literal('done'),
    id,
    status: z.enum(['ok', 'error', 'interrupted']),
    truncated: z.boolean(),
    exhausted: z.boolean().optional(),
  }),
  z.object({ ev: z.literal('written'), id }),
  z.object({
    ev: z.literal('files'),
    id,
    files,
    tooLarge: files,
    left: z.array(z.string()),
    beyond: size,
    misnamed: size,
  }),
  /** `size` bytes follow in binary frames, then an empty frame. */
  z.object({ ev: z.literal('file'), id, size }),
  z.object({ ev: z.literal('failed'), id, message: z.string() }),
])

export type KernelEvent = z.infer<typeof event>

/** Throws FrameError when the line is not an event that a kernel may send. */
export function readEvent(line: string): KernelEvent {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new FrameError('a line is not JSON')
  }
  const read = event.safeParse(value)
  if (!read.success) throw new FrameError('a line is no event')
  return read.data
}
