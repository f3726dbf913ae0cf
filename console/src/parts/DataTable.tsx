import { Skeleton, Table } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { columnResizingFeature, columnSizingFeature, tableFeatures, useTable } from '@tanstack/react-table'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { memo, useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import classes from './DataTable.module.css'
import { OrderButton, useSorted } from './OrderButton.tsx'
import { useOffsetTop } from './use-offset-top.ts'

export interface Column<Row> {
  id: string
  title: string
  /** In pixels, until somebody changes it. The column that `grows` takes what is left. */
  width: number
  grows?: boolean
  align?: 'right'
  /** Left out on screens narrower than this. */
  from?: 'sm' | 'md' | 'lg' | 'xl'
  /** Whether the API orders the list by it, in the order that `useFilters` reads. */
  isOrder?: boolean
  cell: (row: Row) => ReactNode
}

interface Props<Row> {
  /** What the table lists, for screen readers, and under which the widths of its columns are kept. */
  name: string
  columns: Column<Row>[]
  /** Undefined while the first page loads. */
  rows: Row[] | undefined
  /** The function of the first time is kept: with another one all places would be measured anew. */
  rowId: (row: Row) => string
  /** Called when the end comes into sight. */
  onEnd?: () => void
  /** Whether more rows may come. */
  hasMore?: boolean
}

const features = tableFeatures({ columnSizingFeature, columnResizingFeature })
const rowHeight = 36

/** A list whose rows are in the page only while they can be seen: ten thousand scroll like ten. */
export function DataTable<Row>({ name, columns, rows, rowId, onEnd, hasMore = false }: Props<Row>) {
  const [columnSizing, setColumnSizing] = useLocalStorage<Record<string, number>>({
    key: `threadmill-columns-${name}`,
    defaultValue: {},
    getInitialValueInEffect: false,
  })
  const data = rows ?? noRows
  const table = useTable({
    features,
    columns: useMemo(
      () => columns.map(({ id, title, width }) => ({ id, header: title, size: width, minSize: 48 })),
      [columns],
    ),
    data: data as Row[] & object[],
    columnResizeMode: 'onChange',
    state: { columnSizing },
    onColumnSizingChange: (change) =>
      setColumnSizing((now) => (typeof change === 'function' ? change(now) : change)),
  })

  const sorted = useSorted()
  const [idOf] = useState(() => rowId)
  const place = useRef<HTMLTableElement>(null)
  const virtualizer = useWindowVirtualizer({
    count: data.length,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollMargin: useOffsetTop(place),
    getItemKey: useCallback((index: number) => idOf(data[index]!), [idOf, data]),
    // What comes into sight is drawn with the next frame, not within the event of the wheel.
    useFlushSync: false,
  })
  const shown = virtualizer.getVirtualItems()
  const isAtEnd = (shown.at(-1)?.index ?? -1) >= data.length - 10
  useEffect(() => {
    if (isAtEnd && hasMore) onEnd?.()
  }, [isAtEnd, hasMore, onEnd])

  const before = (shown[0]?.start ?? 0) - (shown.length > 0 ? virtualizer.options.scrollMargin : 0)
  const end = shown.at(-1)?.end
  const after = end === undefined ? 0 : virtualizer.getTotalSize() - end + virtualizer.options.scrollMargin
  const headers = table.getHeaderGroups()[0]?.headers ?? []
  return (
    <Table
      ref={place}
      className={classes.table}
      aria-label={name}
      aria-rowcount={hasMore ? -1 : data.length + 1}
      highlightOnHover
    >
      <colgroup>
        {headers.map(({ id, column }, index) => (
          <col
            key={id}
            className={hiddenBelow(columns[index])}
            style={columns[index]?.grows ? {} : { width: column.getSize() }}
          />
        ))}
      </colgroup>
      <Table.Thead>
        <Table.Tr>
          {headers.map((header, index) => (
            <Table.Th
              key={header.id}
              className={hiddenBelow(columns[index])}
              ta={columns[index]?.align}
              scope="col"
              aria-sort={columns[index]?.isOrder ? sorted : undefined}
            >
              {columns[index]?.isOrder ? <OrderButton title={columns[index].title} /> : columns[index]?.title}
              {!columns[index]?.grows && (
                <span
                  className={classes.handle}
                  aria-hidden
                  onMouseDown={header.getResizeHandler()}
                  onTouchStart={header.getResizeHandler()}
                  onDoubleClick={() => header.column.resetSize()}
                />
              )}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        <Gap height={before} />
        {shown.map(({ index, key }) => (
          <DataRow
            key={key}
            index={index}
            columns={columns as Column<unknown>[]}
            row={data[index]}
            measure={virtualizer.measureElement}
          />
        ))}
        <Gap height={after} />
        {(!rows || (hasMore && isAtEnd)) && <LoadingRows columns={columns} count={rows ? 2 : 8} />}
      </Table.Tbody>
    </Table>
  )
}

const noRows: never[] = []

interface DataRowProps {
  index: number
  columns: Column<unknown>[]
  row: unknown
  /** Told of the row when it is in the page: some are higher than others. */
  measure: (row: HTMLTableRowElement | null) => void
}

/** It is drawn again only when its row changes, not while one scrolls. */
const DataRow = memo(function DataRow({ index, columns, row, measure }: DataRowProps) {
  return (
    <Table.Tr ref={measure} data-index={index} className={classes.row} aria-rowindex={index + 2}>
      {columns.map((column) => (
        <Table.Td
          key={column.id}
          className={`${classes.cell} ${hiddenBelow(column) ?? ''}`}
          ta={column.align}
        >
          {column.cell(row)}
        </Table.Td>
      ))}
    </Table.Tr>
  )
})

/** The place of the rows that are not in the page. */
const Gap = ({ height }: { height: number }) =>
  height > 0 ? <tr aria-hidden style={{ height }} /> : undefined

const LoadingRows = <Row,>({ columns, count }: { columns: Column<Row>[]; count: number }) =>
  Array.from({ length: count }, (_, row) => (
    <Table.Tr key={row} className={classes.row} aria-hidden>
      {columns.map((column) => (
        <Table.Td key={column.id} className={hiddenBelow(column)}>
          <Skeleton height={8} width="60%" className={classes.late} />
        </Table.Td>
      ))}
    </Table.Tr>
  ))

const hiddenBelow = (column: Pick<Column<never>, 'from'> | undefined) =>
  column?.from &&
  { sm: classes.fromSm, md: classes.fromMd, lg: classes.fromLg, xl: classes.fromXl }[column.from]
