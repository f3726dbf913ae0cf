import type { ToolResources } from '../contract/tool-resources.ts'

/** The files and stores that an assistant or a thread names. */
export const namedResources = ({ code_interpreter, file_search }: ToolResources): string[] => [
  ...(code_interpreter?.file_ids ?? []),
  ...(file_search?.vector_store_ids ?? []),
]
