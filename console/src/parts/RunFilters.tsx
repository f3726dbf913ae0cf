import type { ReactNode } from 'react'
import { AssistantFilter } from './AssistantFilter.tsx'
import { FilterBar } from './FilterBar.tsx'
import { MetadataFilter, useMetadata } from './MetadataFilter.tsx'
import { StatusFilter } from './StatusFilter.tsx'
import { TimeFilter, useSince } from './TimeFilter.tsx'
import { useFilters } from './use-filter.ts'

const common = { status: 'status', assistant: 'assistant_id' }

/**
 * What lists of runs and of threads are narrowed by, as their address has it. `own` are more filters, with the parameters of
 * the API that they fill in.
 */
export function useRunFilters(own: Record<string, string>) {
  const { query, names, isFiltered } = useFilters({ ...common, ...own }, ['since', 'metadata'])
  return { names, isFiltered, query: { ...query, ...useSince(), ...useMetadata() } }
}

/** `children` are the filters that the list has by itself. */
export const RunFilters = ({ names, children }: { names: string[]; children: ReactNode }) => (
  <FilterBar filters={names}>
    {children}
    <StatusFilter />
    <AssistantFilter />
    <TimeFilter />
    <MetadataFilter />
  </FilterBar>
)
