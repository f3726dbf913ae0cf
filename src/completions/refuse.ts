import { APICallError, type SharedV4Warning } from '@ai-sdk/provider'
import { ApiError, invalid } from '../errors/errors.ts'
import { modelError } from '../models/model-error.ts'

/**
 * The wire's error for what a provider has refused, or why it could not be asked. Status, type, code and param are those of the
 * provider, except that a refused key is no mistake of the caller. An ApiError stays as it is.
 */
export function refusalOf(error: unknown, provider: string): ApiError {
  if (error instanceof ApiError) return error
  const { code, message, retryAfterMs, unreachable } = modelError(error, provider)
  const { status, type, code: given, param } = said(error)
  if (status === undefined || (status >= 200 && status < 400))
    return code === 'invalid_prompt' || code === 'context_length_exceeded'
      ? invalid(message)
      : new ApiError(unreachable ? 503 : 502, message, {
          type: 'server_error',
          code: unreachable ? 'provider_unreachable' : 'provider_failed',
        })
  if (status === 401 || status === 403)
    return new ApiError(502, message, { type: 'server_error', code: 'provider_refused_key' })
  return new ApiError(status, message, {
    type: type ?? (status >= 500 ? 'server_error' : 'invalid_request_error'),
    code: given ?? (status === 429 ? 'rate_limit_exceeded' : null),
    param: param ?? null,
    ...(retryAfterMs !== undefined && {
      headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) },
    }),
  })
}

interface Said {
  status?: number | undefined
  type?: string | undefined
  code?: string | undefined
  param?: string | undefined
}

/** What a provider that speaks the wire says of its error. */
function said(error: unknown): Said {
  if (!APICallError.isInstance(error)) return {}
  const { error: body } = (error.data ?? {}) as { error?: Record<string, unknown> }
  const textOf = (field: string) => {
    const value = body?.[field]
    return typeof value === 'string' ? value : undefined
  }
  return {
    status: error.statusCode,
    type: textOf('type'),
    code: textOf('code'),
    param: textOf('param'),
  }
}

/** Throws for what a model says that it leaves out of a request. */
export function refuseIgnored(warnings: readonly SharedV4Warning[]): void {
  const ignored = warnings.find((warning) => warning.type === 'unsupported')
  if (!ignored) return
  const param = ignored.feature.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  throw invalid(
    `Unsupported parameter: '${param}' is not supported with this model.`,
    param,
    'unsupported_parameter',
  )
}
