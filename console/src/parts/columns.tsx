import { Text } from '@mantine/core'
import type { Column } from './DataTable.tsx'
import { count, duration } from './quantities.ts'
import { Time } from './Time.tsx'

/** Columns that several lists have. Each list is of another type, so a column asks for no more than it shows. */

export const modelColumn = {
  id: 'model',
  title: 'Model',
  width: 120,
  from: 'md',
  cell: ({ model }) => <span title={model}>{model}</span>,
} satisfies Column<{ model: string }>

export const tokensColumn = {
  id: 'tokens',
  title: 'Tokens',
  width: 96,
  align: 'right',
  from: 'sm',
  cell: ({ usage }) => usage && count(usage.total_tokens),
} satisfies Column<{ usage?: { total_tokens: number } | null | undefined }>

/** `endOf` gives the Unix second of the end, or null before it. */
export const tookColumn = <Row extends { created_at: number }>(
  endOf: (row: Row) => number | null,
): Column<Row> => ({
  id: 'took',
  title: 'Took',
  // `59 min 59 s` is the longest.
  width: 96,
  align: 'right',
  from: 'sm',
  cell(row) {
    const end = endOf(row)
    if (end === null) return undefined
    return end - row.created_at < 1 ? '< 1 s' : duration(end - row.created_at)
  },
})

export const messagesColumn = {
  id: 'messages',
  title: 'Messages',
  width: 84,
  align: 'right',
  from: 'sm',
  cell: ({ summary }) => summary && count(summary.messages),
} satisfies Column<{ summary?: { messages: number } | null | undefined }>

/** A time in the quiet colour of a last column, in Unix seconds. */
export const QuietTime = ({ at }: { at: number }) => (
  <Text fz="sm" c="dimmed" component="span">
    <Time at={at} />
  </Text>
)
