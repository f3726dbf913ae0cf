import { Button, Group } from '@mantine/core'
import type { ReactNode } from 'react'
import { useSearchParams } from 'wouter'

/** The filters of a list, which are in its address, and a way out of all of them. */
export function FilterBar({ filters, children }: { filters: string[]; children: ReactNode }) {
  const [params, setParams] = useSearchParams()
  return (
    <Group gap="sm" mb="md" component="search">
      {children}
      {filters.some((name) => params.has(name)) && (
        <Button
          variant="subtle"
          onClick={() =>
            setParams((now) => new URLSearchParams([...now].filter(([name]) => !filters.includes(name))))
          }
        >
          Clear filters
        </Button>
      )}
    </Group>
  )
}
