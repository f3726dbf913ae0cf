import type { Bucket, CompletionsUsage } from '../api/usage.ts'
import { groupFields, type UsageView } from './usage-address.ts'

const fields = [
  'num_model_requests',
  'input_tokens',
  'input_cached_tokens',
  'output_tokens',
  'output_reasoning_tokens',
] as const

/** A line for each bucket of time and each model, assistant or project, with the names of the API. */
export function toCsv(buckets: Bucket<CompletionsUsage>[], by: UsageView['by']): string {
  const group = groupFields[by]
  const lines = buckets.flatMap(({ start_time, end_time, results }) =>
    results.map((result) =>
      [
        iso(start_time),
        iso(end_time),
        cell(result[group] ?? ''),
        ...fields.map((field) => result[field]),
      ].join(','),
    ),
  )
  return `${[['start_time', 'end_time', group, ...fields].join(','), ...lines].join('\r\n')}\r\n`
}

const iso = (seconds: number) => new Date(seconds * 1_000).toISOString()

/** A name that begins like a formula would be run as one by programs for tables. */
function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
