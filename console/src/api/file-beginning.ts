import type OpenAI from 'openai'

/** The beginning of a file, at most `limit` bytes. The rest is not read. */
export async function readBeginning(
  client: OpenAI,
  id: string,
  { limit, signal }: { limit: number; signal: AbortSignal },
): Promise<Uint8Array<ArrayBuffer>> {
  const { body } = await client.files.content(id, { signal })
  const bytes = new Uint8Array(limit)
  let length = 0
  const reader = body!.getReader()
  while (length < limit) {
    const { done, value } = await reader.read()
    if (done) break
    const taken = value.subarray(0, limit - length)
    bytes.set(taken, length)
    length += taken.length
  }
  await reader.cancel()
  return bytes.subarray(0, length)
}
