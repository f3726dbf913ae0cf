import { fileSearchKind } from './file-search-kind.ts'
import { customKind, functionKind } from './function-kinds.ts'
import type { ItemKind } from './item-kind.ts'

/** By the type of the tool. */
export const itemKinds: Readonly<Record<string, ItemKind>> = {
  function: functionKind,
  custom: customKind,
  file_search: fileSearchKind,
}
