import type { Request } from './call.ts'

/** In bytes and milliseconds: what is read of a body that nobody wants any more. */
const maxUnreadBytes = 4 * 1024 * 1024
const timeoutMs = 1_000

/** The body as it arrives. Who stops reading leaves the rest where it is, so that `readToEnd` can read on. */
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
 * Before an answer that comes earlier than the end of the request: a client that is still sending may not see it, and
 * the connection could not be used again. False when there is too much to come, and the connection has to be closed.
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
