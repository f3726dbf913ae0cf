import { setTimeout as sleep } from 'node:timers/promises'

/**
 * There was no answer, or not a usable one. The message contains the host and the status, but never the key or the
 * request.
 */
export class PostFailure extends Error {
  override name = 'PostFailure'
  /** 0 when there was no answer. */
  readonly status: number
  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
  get retryable(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500
  }
}

export interface PostOptions {
  url: string
  apiKey?: string | undefined
  fetch?: typeof globalThis.fetch | undefined
  /** The maximum number of attempts. */
  attempts: number
  /** The pause before the second attempt, in milliseconds. It doubles with each attempt. `Retry-After` has priority. */
  firstWaitMs?: number
  timeoutMs?: number
}

/**
 * Posts JSON and reads the answer as JSON. Tries again when a later attempt may succeed. Rejects with `PostFailure` or
 * the reason of the signal.
 */
export async function postJson(body: unknown, options: PostOptions, signal: AbortSignal): Promise<unknown> {
  const { attempts, firstWaitMs = 500 } = options
  for (let attempt = 1; ; attempt++) {
    try {
      return await postOnce(body, options, signal)
    } catch (error) {
      signal.throwIfAborted()
      const { failure, retryAfterMs } = error as Refused
      if (!failure) throw error
      if (!failure.retryable || attempt >= attempts) throw failure
      // Full jitter, so that clients that were refused together do not come back together.
      const backoff = Math.random() * firstWaitMs * 2 ** (attempt - 1)
      await sleep(Math.min(retryAfterMs ?? backoff, 60_000), undefined, { signal })
    }
  }
}

interface Refused {
  failure?: PostFailure
  retryAfterMs?: number
}

async function postOnce(
  body: unknown,
  { url, apiKey, fetch = globalThis.fetch, timeoutMs = 120_000 }: PostOptions,
  signal: AbortSignal,
): Promise<unknown> {
  const refused = (reason: string, status: number, retryAfterMs?: number): Refused => ({
    failure: new PostFailure(`${new URL(url).host} ${reason}`, status),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
  let response: Response
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'threadmill',
        ...(apiKey && { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    if (response.ok) return await response.json()
    await response.body?.cancel()
  } catch (error) {
    throw refused(`did not answer (${error instanceof Error ? error.name : 'unknown error'})`, 0)
  }
  const seconds = Number(response.headers.get('retry-after') ?? NaN)
  throw refused(`answered ${response.status}`, response.status, seconds >= 0 ? seconds * 1000 : undefined)
}
