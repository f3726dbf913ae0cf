import {
  APICallError,
  EmptyResponseBodyError,
  JSONParseError,
  TypeValidationError,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider'
import { BrokenAnswer } from './broken-answer.ts'
import { ConnectTimeout } from './connect-timeout.ts'

/** A failed model call, with the text for a run's `last_error`, and whether asking again may help. */
export interface ModelError {
  code: 'rate_limit_exceeded' | 'server_error' | 'invalid_prompt' | 'context_length_exceeded'
  /** For the user of the API. Never contains a key. */
  message: string
  retryable: boolean
  /** The pause that the provider asked for, in milliseconds. */
  retryAfterMs?: number
  /** True when the provider sent nothing in time, or accepted no connection. */
  silent?: boolean
  /**
   * True when the provider has not received the request, because there is no connection or because it is still loading
   * its model.
   */
  unreachable?: boolean
  /** The number of tokens that the model reads, when the provider names it while refusing a longer prompt. */
  contextWindow?: number
}

/** A longer chain of causes is a circle. */
const deepestCause = 10

/**
 * Ollama, llama.cpp and LM Studio report this mistake of the client as an error of the server, with status 500 or
 * inside the stream.
 */
const promptTooLong =
  /(exceed|greater|larger|longer|not fit|too (long|large|big|many)).{0,60}context[_ ](length|window|size)/i
const takesNone = /not support(ed)?\b|unsupported|missing data required for|requires --\w/i

/** Reads anything that a `LanguageModelV4` threw, or sent as a stream part of type `error`. Never throws. */
export function modelError(error: unknown, provider = 'the model provider'): ModelError {
  if (APICallError.isInstance(error)) return ofCall(error, provider)
  if (error instanceof BrokenAnswer) {
    const message = `The model '${provider}' ${error.message}.`
    return { code: 'server_error', message, retryable: true, ...(error.silent && { silent: true }) }
  }
  if (isOfOtherApi(error)) return modelError(new BrokenAnswer('ended its answer without an end'), provider)
  if (UnsupportedFunctionalityError.isInstance(error)) {
    return {
      code: 'invalid_prompt',
      message: `The model cannot take ${error.functionality}.`,
      retryable: false,
    }
  }
  if (JSONParseError.isInstance(error) || EmptyResponseBodyError.isInstance(error) || isNetworkError(error)) {
    return brokenConnection(error, provider)
  }
  // Some providers send plain objects: an error event of OpenAI's or of Anthropic's API.
  const { type, code, message } = fields(error)
  const text = typeof message === 'string' ? withoutSecrets(message) : 'The model failed to answer.'
  if (/rate_limit/.test(`${type} ${code}`))
    return { code: 'rate_limit_exceeded', message: text, retryable: true }
  const { n_ctx: window } = fields(error)
  const refused = refusedPrompt(text, `${text} ${JSON.stringify({ n_ctx: window })}`)
  if (refused) return refused
  const retryable = /overloaded|server_error|api_error|internal|unavailable|timeout/.test(`${type} ${code}`)
  return { code: 'server_error', message: text, retryable }
}

/**
 * True when the answer is none of the API that the provider is said to speak, as from a wrong address. Of a first event that it
 * cannot read, `@ai-sdk/anthropic` keeps no reason.
 */
const isOfOtherApi = (error: unknown): boolean =>
  TypeValidationError.isInstance(error) ||
  (error instanceof Error && error.message === 'Expected a normalized Anthropic stream error')

/** `error` is whatever was thrown. When it has an error code of the operating system, that is the reason. */
function brokenConnection(error: unknown, provider: string): ModelError {
  const { code, name, message: text } = systemError(error) ?? {}
  const reason = name === ConnectTimeout.name ? text : code
  const message = `The connection to ${provider} failed${typeof reason === 'string' ? `: ${reason}` : '.'}`
  return {
    code: 'server_error',
    message,
    retryable: true,
    ...(isUnreachable(error) && { unreachable: true }),
    ...(isConnectTimeout(error) && { silent: true }),
  }
}

function ofCall(error: APICallError, provider: string): ModelError {
  const { statusCode: status, cause } = error
  // When a stream breaks, the SDK wraps the reason in an error with the successful status of its beginning.
  if (cause instanceof BrokenAnswer || APICallError.isInstance(cause)) return modelError(cause, provider)
  if (isNetworkError(cause) || (status !== undefined && status >= 200 && status < 300)) {
    return brokenConnection(cause, provider)
  }
  const message = withoutSecrets(error.message)
  const said = `${message} ${error.responseBody?.slice(0, 2000) ?? ''}`
  const retryAfterMs = readRetryAfter(error.responseHeaders ?? {})
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  if (status === undefined) return { code: 'server_error', message, retryable: error.isRetryable }
  if (status === 429 || status === 402) {
    // Waiting does not fill an empty account, so it is not asked again.
    const spent =
      status === 402 || /insufficient_quota|exceeded your current quota|billing|credit balance/i.test(said)
    return { code: 'rate_limit_exceeded', message, retryable: !spent, ...(spent ? {} : wait) }
  }
  if (status === 401 || status === 403) {
    const text = `${capital(provider)} refused the server's key or its permission for this model (${status}).`
    return { code: 'server_error', message: text, retryable: false }
  }
  if (status === 404) {
    return {
      code: 'server_error',
      message: `${capital(provider)} does not serve this model: ${message}`,
      retryable: false,
    }
  }
  if (status === 408 || status === 409 || status >= 500) {
    const refused = refusedPrompt(message, said)
    if (refused) return refused
    const unreachable = status === 503 && /loading model/i.test(said)
    return { code: 'server_error', message, retryable: true, ...wait, ...(unreachable && { unreachable }) }
  }
  if (status < 400) {
    const text = `${capital(provider)} answered with a redirect (${status}): its base_url has to be where that leads.`
    return { code: 'server_error', message: text, retryable: false }
  }
  if (/context[_ ](length|window|size)|too many tokens|too long|maximum.{0,20}tokens/i.test(said)) {
    return tooLong(message, said)
  }
  return { code: 'invalid_prompt', message, retryable: false }
}

/** llama.cpp has the number in a field of its error. Others name it in the sentence. */
const windowSaid = /"n_ctx"\s*:\s*(\d{2,9})\b|context (?:length|window|size)\D{0,20}(\d{3,9})\b/i

/** `said` is the whole text of the provider's answer. */
function tooLong(message: string, said: string): ModelError {
  const [, field, word] = windowSaid.exec(said) ?? []
  const contextWindow = Number(field ?? word)
  return {
    code: 'context_length_exceeded',
    message: `The prompt does not fit the model's context window: ${message}`,
    retryable: false,
    ...(contextWindow > 0 && { contextWindow }),
  }
}

/** An error about the prompt itself, whatever its status is. Asking again is useless. */
function refusedPrompt(message: string, said: string): ModelError | undefined {
  if (promptTooLong.test(message)) return tooLong(message, said)
  return takesNone.test(message) ? { code: 'invalid_prompt', message, retryable: false } : undefined
}

/** Reads `retry-after-ms`, or `retry-after` in seconds or as a date. Undefined when neither makes sense. */
function readRetryAfter(headers: Record<string, string>): number | undefined {
  const exact = Number(headers['retry-after-ms'] ?? NaN)
  if (exact >= 0) return exact
  const after = headers['retry-after']
  if (after === undefined) return undefined
  const ms = /^[\d.]+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : undefined
}

function isNetworkError(error: unknown): boolean {
  for (const { name, message } of causes(error)) {
    if (name === 'TimeoutError') return true
    if (name === 'TypeError' && /fetch failed|terminated/.test(String(message))) return true
  }
  return systemError(error) !== undefined
}

/** The error of the operating system or of `fetch`, however deeply it was wrapped. */
const systemError = (error: unknown) =>
  causes(error).find(
    ({ code }) =>
      typeof code === 'string' &&
      /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOST|ENET|UND_ERR)/.test(code),
  )

/** True when no connection was made, so that nothing was sent. */
function isUnreachable(error: unknown): boolean {
  const { code, syscall } = systemError(error) ?? {}
  return (
    !isConnectTimeout(error) &&
    (syscall === 'connect' || /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOST|ENET)/.test(String(code)))
  )
}

/**
 * True when nothing has answered at all. A wrong address looks like this too, so such a provider is not waited for
 * long.
 */
function isConnectTimeout(error: unknown): boolean {
  const { code, syscall } = systemError(error) ?? {}
  return code === 'UND_ERR_CONNECT_TIMEOUT' || (code === 'ETIMEDOUT' && syscall === 'connect')
}

/** The error and its causes, the outermost first. */
function causes(error: unknown): Record<string, unknown>[] {
  const chain: Record<string, unknown>[] = []
  for (let next = error; next && chain.length < deepestCause; next = fields(next)['cause']) {
    chain.push(fields(next))
  }
  return chain
}

const fields = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/**
 * Removes secrets: OpenAI repeats a part of a wrong key in its message, and others repeat addresses that contain a key.
 */
function withoutSecrets(message: string): string {
  return message
    .replace(/\b(sk|pk|key|gsk|xai|AIza)[-_A-Za-z0-9*]{8,}/g, '[key]')
    .replace(/([?&](?:key|api[-_]?key|token)=)[^&\s]+/gi, '$1[key]')
    .replace(/Bearer\s+\S+/gi, 'Bearer [key]')
    .slice(0, 1000)
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
