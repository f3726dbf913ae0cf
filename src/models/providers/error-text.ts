/** Providers say it as `error.message`, `error`, `message` or (FastAPI) `detail`. */
export function errorText(data: unknown): string | undefined {
  if (typeof data === 'string') return data || undefined
  if (typeof data !== 'object' || data === null) return undefined
  const { error, message, detail } = data as Record<string, unknown>
  return errorText(error) ?? errorText(message) ?? errorText(detail)
}
