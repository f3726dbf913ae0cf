import type { List } from '../contract/list.ts'

/** A list with its fields in the order of the Responses API. */
export const inListOrder = <T>({ object, data, first_id, has_more, last_id }: List<T>) => ({
  object,
  data,
  first_id,
  has_more,
  last_id,
})
