import { parentPort } from 'node:worker_threads'
import type { Numbered } from '../worker-thread.ts'
import { parseJson, type ParsedJson } from './parse-json.ts'

parentPort?.on('message', ({ id, content }: Numbered<Uint8Array>) => {
  parentPort?.postMessage({ id, content: parseJson(content) } satisfies Numbered<ParsedJson>)
})
