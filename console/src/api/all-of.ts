import type OpenAI from 'openai'
import type { List } from '../../../src/contract/list.ts'

type Query = Record<string, string | number | readonly string[] | undefined>

/** Every entry of a list, for lists that are never long. */
export async function allOf<T>(
  client: OpenAI,
  path: string,
  { query = {}, signal }: { query?: Query; signal?: AbortSignal } = {},
): Promise<T[]> {
  const entries: T[] = []
  for (let after: string | null = null; ;) {
    const page: List<T> = await client.get<List<T>>(path, {
      query: { limit: 100, ...query, ...(after !== null && { after }) },
      ...(signal && { signal }),
    })
    entries.push(...page.data)
    after = page.last_id
    if (!page.has_more) return entries
  }
}
