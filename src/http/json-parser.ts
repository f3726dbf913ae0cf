import { moduleBeside, workerThread } from '../worker-thread.ts'
import { parseJson, type ParsedJson } from './parse-json.ts'

export interface JsonParser {
  parse(text: Uint8Array<ArrayBuffer>): Promise<ParsedJson>
  close(): Promise<void>
}

/** In bytes. A smaller body is parsed faster than it is passed to the thread. */
export const handOverFrom = 256 * 1024

/** Parses large bodies in a thread, so that only their sender has to wait. */
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
