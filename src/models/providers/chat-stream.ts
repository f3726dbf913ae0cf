import type { IncomingMessage } from 'node:http'
import { APICallError, type LanguageModelV4StreamPart, type SharedV4Warning } from '@ai-sdk/provider'
import { ChatTurn } from './chat-turn.ts'
import { errorText } from './error-text.ts'
import { LineReader } from './line-reader.ts'
import { connectionError, type Target } from './post.ts'

/** The longest line, in characters. No event of a working server is longer. */
const longestLine = 16 * 1024 * 1024

/**
 * Reads a chat completion and yields stream parts. Everything in one packet is passed on at once, and the socket pauses
 * when the reader is slower. An error is the last part, of type `error`, so that the parts before it are not lost. Only
 * an abort breaks the stream itself.
 */
export function chatStream(
  response: IncomingMessage,
  {
    target,
    warnings,
    signal,
  }: { target: Target; warnings: SharedV4Warning[]; signal: AbortSignal | undefined },
): ReadableStream<LanguageModelV4StreamPart> {
  let over = false
  return new ReadableStream<LanguageModelV4StreamPart>(
    {
      start(controller) {
        const turn = new ChatTurn((part) => controller.enqueue(part))
        const end = (problem?: unknown) => {
          if (over) return
          over = true
          const { missing } = turn
          const error = problem ?? (missing === undefined ? undefined : badChunk(target, missing))
          if (error === undefined) turn.finish()
          else controller.enqueue({ type: 'error', error })
          controller.close()
          // After a complete answer the rest of the response is read and ignored, so that the connection can be used
          // for the next turn.
          if (error === undefined) response.resume()
          else response.destroy()
        }
        controller.enqueue({ type: 'stream-start', warnings })

        // Some servers ignore `stream` and answer with one JSON object over several lines. Others send a stream with
        // the content type of JSON.
        let whole: boolean | undefined
        const lines = new LineReader()
        const readLine = (line: string) => {
          // A busy server sends comments. They count as its first byte.
          if (line.startsWith(':')) controller.enqueue({ type: 'raw', rawValue: line })
          if (!line.startsWith('data:')) return
          const data = line.slice(5).trim()
          if (data === '') return
          if (data === '[DONE]') return end()
          const problem = readChunk(target, turn, data)
          if (problem) end(problem)
        }
        response.on('data', (given: string) => {
          // This character is a byte order mark only at the beginning of a stream.
          const packet = whole === undefined ? given.replace(/^\uFEFF/, '') : given
          const first = whole === undefined ? packet.trimStart()[0] : undefined
          if (first !== undefined) whole = first === '{'
          for (const line of lines.push(whole ? packet.replaceAll('\n', ' ') : packet)) {
            if (over) return
            readLine(line)
          }
          if (over) return
          if (lines.pendingLength > longestLine) end(badChunk(target, 'an endless event'))
          else if ((controller.desiredSize ?? 1) <= 0) response.pause()
        })
        response.once('end', () => {
          if (over) return
          readLine(whole ? `data: ${lines.rest()}` : lines.rest())
          end()
        })
        // A broken connection is reported as `error`, or only as `close`.
        response.once('error', (error) => {
          if (signal?.aborted && !over) {
            over = true
            controller.error(signal.reason)
          } else end(connectionError(target, error))
        })
        response.once('close', () => {
          if (!over) end(connectionError(target, new Error('it was closed before the end')))
        })
      },
      pull() {
        response.resume()
      },
      cancel() {
        over = true
        response.destroy()
      },
    },
    { highWaterMark: 128 },
  )
}

/** Adds a chunk to the turn. Returns what is wrong with it. */
function readChunk(target: Target, turn: ChatTurn, data: string): APICallError | undefined {
  let chunk: unknown
  try {
    chunk = JSON.parse(data)
  } catch {
    return badChunk(target, 'an event that is no JSON')
  }
  const error = chunkError(target, chunk)
  if (error) return error
  try {
    turn.add(chunk)
    return undefined
  } catch {
    // Thrown inside this listener, the error would end the process.
    return badChunk(target, 'an event of an unknown shape')
  }
}

function badChunk(target: Target, what: string): APICallError {
  const message = `'${target.provider}' sent ${what}`
  return new APICallError({ message, url: target.url.origin, requestBodyValues: {}, isRetryable: true })
}

/**
 * vLLM, OpenRouter and others report errors inside a stream with status 200, under `error`. Older vLLM and FastAPI send
 * the error in place of a chunk.
 */
function chunkError(target: Target, chunk: unknown): APICallError | undefined {
  if (typeof chunk !== 'object' || chunk === null) return badChunk(target, 'an event that is no object')
  const error = errorIn(chunk)
  if (!error) return undefined
  const { code, status } = error as { code?: unknown; status?: unknown }
  const statusCode = [status, code].map(Number).find((number) => number >= 400 && number < 600) ?? 500
  return new APICallError({
    message: errorText(chunk) ?? `'${target.provider}' reported an error`,
    url: target.url.origin,
    requestBodyValues: {},
    statusCode,
    responseBody: JSON.stringify(chunk),
    data: chunk,
  })
}

function errorIn(chunk: { error?: unknown; object?: unknown; choices?: unknown }): unknown {
  if (chunk.error) return chunk.error
  const isError = chunk.object === 'error' || (chunk.choices === undefined && errorText(chunk) !== undefined)
  return isError ? chunk : undefined
}
