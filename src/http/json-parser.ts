import { moduleBeside, workerThread } from '../common/worker-thread.ts'
import { parseJson, type JsonAllowance, type ParsedJson } from './parse-json.ts'

export interface JsonParser {
  parse(text: Uint8Array<ArrayBuffer>, allowance?: JsonAllowance): Promise<ParsedJson>
  close(): Promise<void>
}

/** What the thread is asked. */
export interface JsonQuestion {
  text: Uint8Array
  allowance: JsonAllowance | undefined
}

/** In bytes. A smaller body is parsed faster than it is passed to the thread. */
export const handOverFrom = 256 * 1024

/** Parses large bodies in a thread, so that only their sender has to wait. */
export function startJsonParser(): JsonParser {
  const thread = workerThread<JsonQuestion, ParsedJson>(
    moduleBeside(import.meta.url, 'parse-json-worker'),
    'parse-json',
  )
  return {
    parse: async (text, allowance) =>
      text.byteLength < handOverFrom
        ? parseJson(text, allowance)
        : thread.ask({ text, allowance }, { transfer: [text.buffer] }),
    close: () => thread.close(),
  }
}
