import type { ToolResources } from '../contract/tool-resources.ts'

/** The ids of the files and vector stores that an assistant or a thread refers to. */
export const namedResources = ({ code_interpreter, file_search }: ToolResources): string[] => [
  ...(code_interpreter?.file_ids ?? []),
  ...(file_search?.vector_store_ids ?? []),
]
