import { z } from 'zod'
import { optional } from '../limits.ts'
import { object } from '../objects.ts'
import type { FileSearchCallItem } from './items.ts'
import { readAs, type Fields } from './refused.ts'

/** Items of calls that were run by a server, which requests send back to where they came from. */

type Path = (string | number)[]

const result = z.looseObject({
  attributes: optional(z.record(z.string(), z.unknown())),
  file_id: optional(z.string()),
  filename: optional(z.string()),
  score: optional(z.number()),
  text: optional(z.string()),
})

const fileSearchCall = object({
  id: optional(z.string()),
  type: z.literal('file_search_call'),
  status: optional(z.string()),
  queries: z.array(z.string()),
  results: optional(z.array(result)),
})

export function readFileSearchCall(value: Fields, path: Path): Omit<FileSearchCallItem, 'id'> {
  const { queries, results } = readAs(fileSearchCall, value, path)
  return {
    type: 'file_search_call',
    status: 'completed',
    queries,
    results:
      results?.map(({ attributes = {}, file_id = '', filename = '', score = 0, text = '' }) => ({
        attributes,
        file_id,
        filename,
        score,
        text,
      })) ?? null,
  }
}
