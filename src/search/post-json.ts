import { setTimeout as sleep } from 'node:timers/promises'

/** An answer that is no use, or none. The message names host and status; neither key nor what was sent. */
export class PostFailure extends Error {
  override name = 'PostFailure'
  /** 0: there was no answer. */
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
  /** Times that it is tried in all. */
  attempts: number
  /** Before the second time, in milliseconds; it doubles each time. `Retry-After` goes before. */
  firstWaitMs?: number
  timeoutMs?: number
}

/** Posts JSON and reads JSON, again where waiting may help. Rejects with `PostFailure` or the signal's reason. */
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
      // Full jitter: clients that were refused together should not come back together.
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
