import type { IncomingMessage } from 'node:http'
import { APICallError, type LanguageModelV4StreamPart, type SharedV4Warning } from '@ai-sdk/provider'
import { ChatTurn } from './chat-turn.ts'
import { errorText } from './error-text.ts'
import { connectionError, type Target } from './post.ts'

/** No event of a sane server is longer; in characters. */
const longestLine = 16 * 1024 * 1024

/**
 * Reads a chat completion into stream parts. Whatever arrives in one packet is handed on at once; the socket pauses
 * when the reader falls behind. What goes wrong on the way is the last part, of type `error`, so that the parts before
 * it are not lost; only an abort breaks the stream itself.
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
        const end = (error?: unknown) => {
          if (over) return
          over = true
          if (error === undefined) turn.finish()
          else controller.enqueue({ type: 'error', error })
          controller.close()
          // After a good end the connection is kept for the next turn: what is left of the response is read and dropped.
          if (error === undefined) response.resume()
          else response.destroy()
        }
        controller.enqueue({ type: 'stream-start', warnings })

        let rest = ''
        const readLine = (line: string) => {
          if (!line.startsWith('data:')) return
          const data = line.slice(line.charCodeAt(5) === 32 ? 6 : 5)
          if (data === '[DONE]') return end()
          let chunk: unknown
          try {
            chunk = JSON.parse(data)
          } catch {
            return end(badChunk(target, 'an event that is no JSON'))
          }
          const error = chunkError(target, chunk)
          if (error) return end(error)
          try {
            turn.add(chunk)
          } catch {
            // Out of this listener it would end the process.
            end(badChunk(target, 'an event of an unknown shape'))
          }
        }
        const readLines = (text: string) => {
          let from = 0
          for (let at = text.indexOf('\n'); at >= 0 && !over; at = text.indexOf('\n', from)) {
            readLine(text.slice(from, text.charCodeAt(at - 1) === 13 ? at - 1 : at))
            from = at + 1
          }
          rest = text.slice(from)
        }
        // Some servers ignore `stream` and answer with one JSON object.
        const whole = response.headers['content-type']?.startsWith('application/json') ?? false

        response.on('data', (text: string) => {
          if (over) return
          if (whole) rest += text
          else readLines(rest + text)
          if (rest.length > longestLine) end(badChunk(target, 'an endless event'))
          else if (!over && (controller.desiredSize ?? 1) <= 0) response.pause()
        })
        response.once('end', () => {
          if (over) return
          if (whole) readLine(`data: ${rest.replaceAll('\n', ' ')}`)
          else if (rest) readLine(rest)
          end(turn.complete ? undefined : badChunk(target, 'an answer without an end'))
        })
        // A connection that breaks comes as `error` or, without one, as `close`.
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

function badChunk(target: Target, what: string): APICallError {
  const message = `'${target.provider}' sent ${what}`
  return new APICallError({ message, url: target.url.origin, requestBodyValues: {}, isRetryable: true })
}

/** vLLM, OpenRouter and others report errors inside a stream that began with status 200. */
function chunkError(target: Target, chunk: unknown): APICallError | undefined {
  if (typeof chunk !== 'object' || chunk === null) return badChunk(target, 'an event that is no object')
  const { error } = chunk as { error?: unknown }
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
