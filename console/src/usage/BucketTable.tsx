import { Table } from '@mantine/core'
import { priceInWords } from '../parts/price-in-words.ts'
import { count } from '../parts/quantities.ts'
import { timeInWords } from './time-in-words.ts'
import type { BucketSum } from './sum-usage.ts'
import classes from './BucketTable.module.css'

interface Props {
  buckets: BucketSum[]
  width: '1h' | '1d'
  currency: string
}

/** What the chart shows, in numbers: for who cannot see it, and for who wants to know exactly. */
export function BucketTable({ buckets, width, currency }: Props) {
  const used = buckets.filter(({ requests, input, output }) => requests + input + output > 0).toReversed()
  return (
    <details className={classes.more}>
      <summary>{width === '1h' ? 'Hour by hour' : 'Day by day'}</summary>
      <Table aria-label={width === '1h' ? 'Usage by hour' : 'Usage by day'} mt="sm" maw={720}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{width === '1h' ? 'Hour' : 'Day'} (UTC)</Table.Th>
            {['Answers', 'Input', 'Output', 'Cost'].map((title) => (
              <Table.Th key={title} scope="col" ta="right">
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {used.map(({ start, requests, input, output, cost }) => (
            <Table.Tr key={start}>
              <Table.Td>{timeInWords(start, width)}</Table.Td>
              <Table.Td ta="right">{count(requests)}</Table.Td>
              <Table.Td ta="right">{count(input)}</Table.Td>
              <Table.Td ta="right">{count(output)}</Table.Td>
              <Table.Td ta="right">{cost === undefined ? '–' : priceInWords(cost, currency)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </details>
  )
}
