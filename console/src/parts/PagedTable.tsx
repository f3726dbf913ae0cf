import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { List } from '../../../src/contract/list.ts'
import { rowsOf } from '../api/pages.ts'
import { DataTable, type Column } from './DataTable.tsx'
import { Failure } from './Failure.tsx'

interface Props<Row> {
  /** What the table lists (see DataTable). */
  name: string
  list: UseInfiniteQueryResult<{ pages: List<Row>[] }>
  columns: Column<Row>[]
  /** In the place of a table without rows. */
  empty: ReactNode
}

/** A list of the API as a table, whose next page is read when its end comes into sight. */
export function PagedTable<Row extends { id: string }>({ name, list, columns, empty }: Props<Row>) {
  const rows = rowsOf(list.data)
  if (list.error) return <Failure error={list.error} onRetry={() => void list.refetch()} />
  if (rows?.length === 0) return empty
  return (
    <DataTable
      name={name}
      columns={columns}
      rows={rows}
      rowId={({ id }) => id}
      onEnd={() => void (!list.isFetchingNextPage && list.fetchNextPage())}
      hasMore={list.hasNextPage}
    />
  )
}
