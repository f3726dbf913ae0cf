import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { normalise } from './embedder.ts'
import { localRuntimes } from './local-runtimes.ts'
import { openWordPiece } from './wordpiece.ts'

export interface LocalWorkerData {
  folder: string
}
export interface LocalRequest {
  id: number
  texts: string[]
  /** Somebody waits for it: it goes before the windows of documents that are left. */
  urgent: boolean
}
export interface LocalReply {
  id: number
  vectors?: Float32Array[]
  error?: string
}

/** What MiniLM was trained to read, with both marks. */
const window = 256
/** A chunk of 800 tokens is four windows; what is longer is cut. */
const mostWindows = 8

interface Tensor {
  dims: readonly number[]
  data: unknown
}
interface Session {
  inputNames: readonly string[]
  outputNames: readonly string[]
  run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>
}
interface Runtime {
  env: { wasm?: { numThreads?: number } }
  Tensor: new (type: 'int64', data: BigInt64Array, dims: number[]) => Tensor
  InferenceSession: { create(model: Uint8Array, options?: object): Promise<Session> }
}

const { folder } = workerData as LocalWorkerData
const tokenizer = openWordPiece(readFileSync(join(folder, 'vocab.txt'), 'utf8'))

/** The native runtime is several times as quick, but its installation fails without a network: whoever wants it has it. */
async function loadRuntime(): Promise<Runtime> {
  for (const name of localRuntimes) {
    try {
      const found = (await import(name)) as Runtime & { default?: Runtime }
      const runtime = found.InferenceSession ? found : (found.default ?? found)
      if (runtime.env.wasm) runtime.env.wasm.numThreads = 1
      return runtime
    } catch {
      // The next one.
    }
  }
  throw new Error('neither onnxruntime-node nor onnxruntime-web is installed')
}

let opened: Promise<{ runtime: Runtime; session: Session }> | undefined
async function open() {
  const runtime = await loadRuntime()
  const session = await runtime.InferenceSession.create(readFileSync(join(folder, 'model.onnx')))
  return { runtime, session }
}

/** The mean of a text's windows, each the mean of its tokens, as the model's makers do it. */
async function embed(text: string, between: () => Promise<void>): Promise<Float32Array> {
  const { runtime, session } = await (opened ??= open())
  const tokens = tokenizer.encode(text)
  const size = window - 2
  const count = Math.min(Math.max(Math.ceil(tokens.length / size), 1), mostWindows)
  // Of one length: a last window of a few words would count as much as a full one.
  const each = Math.min(Math.ceil(tokens.length / count), size)
  let sum: Float32Array | undefined
  for (let at = 0; at < count; at++) {
    await between()
    const part = [tokenizer.start, ...tokens.slice(at * each, (at + 1) * each), tokenizer.end]
    const mean = await embedWindow(runtime, session, part)
    if (sum) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (mean[i] ?? 0)
    else sum = mean
  }
  return normalise(sum ?? new Float32Array())
}

async function embedWindow(runtime: Runtime, session: Session, tokens: number[]): Promise<Float32Array> {
  const shape = [1, tokens.length]
  const inputs: Record<string, BigInt64Array> = {
    input_ids: BigInt64Array.from(tokens, BigInt),
    attention_mask: new BigInt64Array(tokens.length).fill(1n),
    token_type_ids: new BigInt64Array(tokens.length),
  }
  const feeds = Object.fromEntries(
    session.inputNames.map((name) => [
      name,
      new runtime.Tensor('int64', inputs[name] ?? new BigInt64Array(tokens.length), shape),
    ]),
  )
  const output = (await session.run(feeds))[session.outputNames[0] ?? '']
  if (!output || !(output.data instanceof Float32Array)) throw new Error('the model gives no vectors')
  const length = output.dims.at(-1) ?? 0
  const mean = new Float32Array(length)
  for (let at = 0; at < output.data.length; at++)
    mean[at % length] = (mean[at % length] ?? 0) + (output.data[at] ?? 0)
  return normalise(mean)
}

const waiting: LocalRequest[] = []
const urgent: LocalRequest[] = []

async function answer({ id, texts }: LocalRequest, between: () => Promise<void>): Promise<void> {
  const reply: LocalReply = { id }
  try {
    reply.vectors = []
    for (const text of texts) reply.vectors.push(await embed(text, between))
  } catch (error) {
    reply.error = error instanceof Error ? error.message : 'unknown error'
  }
  parentPort?.postMessage(reply)
}

async function answerUrgent(): Promise<void> {
  // A window is worked out in one piece: messages that came meanwhile are delivered now.
  await setImmediate()
  for (let request; (request = urgent.shift());) await answer(request, async () => {})
}

async function answerAll(): Promise<void> {
  for (let request; (request = urgent.shift() ?? waiting.shift());) await answer(request, answerUrgent)
}

let working: Promise<void> | undefined
parentPort?.on('message', (request: LocalRequest) => {
  ;(request.urgent ? urgent : waiting).push(request)
  working ??= answerAll().finally(() => (working = undefined))
})
