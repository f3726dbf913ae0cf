import { z } from 'zod'
import { list, optional, refuseWhen } from './limits.ts'
import { noFileSearch, type Tool } from './tools.ts'

export interface ToolResources {
  code_interpreter?: { file_ids: string[] }
  file_search?: { vector_store_ids: string[] }
}

/** The most files that code interpreter is given by one assistant or thread. */
export const maxCodeInterpreterFiles = 20

/** An empty file_search asks for nothing and is taken; clients send it when they write back what they read. */
const fileSearch = z
  .strictObject({
    vector_store_ids: optional(z.array(z.string())),
    vector_stores: optional(z.array(z.unknown())),
  })
  .check(
    refuseWhen((value) =>
      value.vector_store_ids?.length || value.vector_stores?.length ? noFileSearch : undefined,
    ),
  )

export const toolResources = z
  .strictObject({
    code_interpreter: optional(
      z.strictObject({ file_ids: optional(list(z.string(), maxCodeInterpreterFiles)) }),
    ),
    file_search: optional(fileSearch),
  })
  .transform((given): ToolResources =>
    given.code_interpreter ? { code_interpreter: { file_ids: given.code_interpreter.file_ids ?? [] } } : {},
  )

/** An assistant shows the list of a code interpreter that it has, even an empty one. */
export const toAssistantResources = (resources: ToolResources, tools: Tool[]): ToolResources => {
  const files = resources.code_interpreter?.file_ids ?? []
  return {
    ...((files.length > 0 || tools.some((tool) => tool.type === 'code_interpreter')) && {
      code_interpreter: { file_ids: files },
    }),
    ...(resources.file_search && { file_search: resources.file_search }),
  }
}

/** What a GET of a thread and every streamed object show: a list for code interpreter, even where nothing uses it. */
export const withCodeInterpreter = (resources: ToolResources): ToolResources => ({
  code_interpreter: resources.code_interpreter ?? { file_ids: [] },
  ...(resources.file_search && { file_search: resources.file_search }),
})

/** What the answer to a POST shows: only what was set. */
export const onlyWhatIsSet = (resources: ToolResources): ToolResources => ({
  ...(resources.code_interpreter?.file_ids.length && { code_interpreter: resources.code_interpreter }),
  ...(resources.file_search?.vector_store_ids.length && { file_search: resources.file_search }),
})
