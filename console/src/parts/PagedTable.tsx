import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { List } from '../../../src/contract/list.ts'
import { rowsOf } from '../api/pages.ts'
import { DataTable, type Column } from './DataTable.tsx'
import { nextPageOf, PagesRead } from './PagesRead.tsx'

interface Props<Row> {
  /** What the table lists (see DataTable). */
  name: string
  list: UseInfiniteQueryResult<{ pages: Pick<List<Row>, 'data'>[] }>
  columns: Column<Row>[]
  /** In the place of a table without rows. */
  empty: ReactNode
}

/** A list of the API as a table, whose next page is read when its end comes into sight. */
export function PagedTable<Row extends { id: string }>({ name, list, columns, empty }: Props<Row>) {
  const rows = rowsOf(list.data)
  return (
    <PagesRead list={list}>
      {rows?.length === 0 ? (
        empty
      ) : (
        <DataTable name={name} columns={columns} rows={rows} rowId={({ id }) => id} {...nextPageOf(list)} />
      )}
    </PagesRead>
  )
}
