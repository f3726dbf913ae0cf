/**
 * Providers write the text in `error.message`, `error`, `message`, or (FastAPI) in `detail`, which may be a list of
 * `msg`.
 */
export function errorText(data: unknown): string | undefined {
  if (typeof data === 'string') return data || undefined
  if (typeof data !== 'object' || data === null) return undefined
  if (Array.isArray(data)) return data.map(errorText).find(Boolean)
  const { error, message, detail, msg } = data as Record<string, unknown>
  return errorText(error) ?? errorText(message) ?? errorText(detail) ?? errorText(msg)
}
