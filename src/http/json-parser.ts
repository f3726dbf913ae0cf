import { moduleBeside, workerThread } from '../worker-thread.ts'
import { parseJson, type ParsedJson } from './parse-json.ts'

export interface JsonParser {
  parse(text: Uint8Array<ArrayBuffer>): Promise<ParsedJson>
  close(): Promise<void>
}

/** In bytes. What is smaller takes less time to parse than to hand over. */
export const handOverFrom = 256 * 1024

/** Parses large bodies in a thread of their own, so that nobody waits for them but their sender. */
export function startJsonParser(): JsonParser {
  const thread = workerThread<Uint8Array, ParsedJson>(
    moduleBeside(import.meta.url, 'parse-json-worker'),
    'parse-json',
  )
  return {
    parse: async (text) =>
      text.byteLength < handOverFrom ? parseJson(text) : thread.ask(text, { transfer: [text.buffer] }),
    close: () => thread.close(),
  }
}
