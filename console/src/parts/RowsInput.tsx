import { ActionIcon, Button, Group, Stack } from '@mantine/core'
import { Cross2Icon, PlusIcon } from '@radix-ui/react-icons'
import type { ReactNode } from 'react'

interface Props<Row> {
  rows: Row[]
  onChange: (rows: Row[]) => void
  /** What a row is that was just added, and what the button for it says. */
  empty: Row
  add: string
  most?: number
  /** What a row is called, by its place from 1. */
  nameOf: (row: Row, number: number) => string
  /** The fields of a row. */
  children: (row: Row, number: number, replace: (by: Partial<Row>) => void) => ReactNode
}

/** Rows of fields, each of which can be taken out, and a button for another one. */
export function RowsInput<Row>({ rows, onChange, empty, add, most, nameOf, children }: Props<Row>) {
  return (
    <Stack gap="xs" mt="xs">
      {rows.map((row, index) => (
        <Group key={index} gap="xs" wrap="nowrap">
          {children(row, index + 1, (by) =>
            onChange(rows.map((one, other) => (other === index ? { ...one, ...by } : one))),
          )}
          <ActionIcon
            size={24}
            aria-label={`Remove ${nameOf(row, index + 1)}`}
            onClick={() => onChange(rows.filter((_, other) => other !== index))}
          >
            <Cross2Icon />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button
          leftSection={<PlusIcon />}
          disabled={most !== undefined && rows.length >= most}
          onClick={() => onChange([...rows, empty])}
        >
          {add}
        </Button>
      </Group>
    </Stack>
  )
}
