import { hostedType } from '../tools/hosted/hosted-entry.ts'
import { codeInterpreterKind } from './code-interpreter-kind.ts'
import { computerKind } from './computer-kind.ts'
import { fileSearchKind } from './file-search-kind.ts'
import { customKind, functionKind } from './function-kinds.ts'
import type { ItemKind } from './item-kind.ts'
import { mcpKind } from './mcp-kind.ts'

/** By the type of the tool. */
export const itemKinds: Readonly<Record<string, ItemKind>> = {
  function: functionKind,
  custom: customKind,
  code_interpreter: codeInterpreterKind,
  file_search: fileSearchKind,
  mcp: mcpKind,
  [hostedType('computer')]: computerKind,
}
