import type { Request } from './call.ts'

/** How much of a body that nobody needs any more is read, in bytes and in milliseconds. */
const maxUnreadBytes = 4 * 1024 * 1024
const timeoutMs = 1_000

/** Yields the body while it arrives. When the reader stops early, the rest remains for `readToEnd`. */
export async function* bodyOf(c: Request): AsyncGenerator<Uint8Array, void> {
  const call = c.get('call')
  call.body ??= c.req.raw.body?.getReader()
  for (;;) {
    const chunk = await call.body?.read()
    if (!chunk || chunk.done) return
    yield chunk.value
  }
}

/**
 * Reads the rest of the body before an answer that is sent early. A client that is still sending may not see the
 * answer, and the connection could not be used again. Returns false when too much is still to come, so that the
 * connection must be closed.
 */
export async function readToEnd(c: Request): Promise<boolean> {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return true
  const { raw } = c.req
  const call = c.get('call')
  if (!call.body && (raw.bodyUsed || !raw.body)) return true
  const deadline = AbortSignal.timeout(timeoutMs)
  const late = new Promise<'late'>((resolve) => {
    deadline.addEventListener('abort', () => resolve('late'))
  })
  const chunks = bodyOf(c)
  for (let bytes = 0; bytes <= maxUnreadBytes;) {
    const next = await Promise.race([chunks.next(), late]).catch(() => 'broken off' as const)
    if (typeof next === 'string') return false
    if (next.done) return true
    bytes += next.value.byteLength
  }
  return false
}
