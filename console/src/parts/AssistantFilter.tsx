import { useInfiniteQuery } from '@tanstack/react-query'
import type { Assistant } from '../../../src/contract/assistants.ts'
import { useClient } from '../api/client.ts'
import { pagesQuery, rowsOf } from '../api/pages.ts'
import { ChoiceFilter } from './ChoiceFilter.tsx'
import { shorten } from './Identifier.tsx'
import { useFilter } from './use-filter.ts'
import { visible } from './visible.ts'

/** The newest assistants, and the one that the address names. */
export function AssistantFilter() {
  const [chosen] = useFilter('assistant')
  const { data } = useInfiniteQuery(pagesQuery<Assistant>(useClient(), '/assistants'))
  const choices = (rowsOf(data) ?? []).map(({ id, name }) => ({
    value: id,
    label: visible(name) ?? shorten(id),
  }))
  if (chosen !== null && !choices.some(({ value }) => value === chosen))
    choices.unshift({ value: chosen, label: shorten(chosen) })
  return <ChoiceFilter filter="assistant" label="Any assistant" data={choices} searchable w={170} />
}
