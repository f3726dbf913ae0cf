import { z } from 'zod'
import { object } from './objects.ts'
import { chunkingStrategy } from './chunking-strategy.ts'
import { list, optional, refuseWhen } from './limits.ts'
import { metadataOrEmpty } from './metadata.ts'
import type { AssistantTool } from './tools.ts'

export interface ToolResources {
  code_interpreter?: { file_ids: string[] }
  file_search?: { vector_store_ids: string[] }
}

/** The most files that code interpreter is given by one assistant or thread. */
export const maxCodeInterpreterFiles = 20

/** The most stores that one assistant or thread has; a run searches those of both. */
const maxVectorStores = 1

/** A store to be made with the assistant or the thread. */
const newStore = object({
  file_ids: optional(list(z.string(), 10_000)),
  chunking_strategy: optional(chunkingStrategy),
  metadata: metadataOrEmpty,
})

const code_interpreter = optional(object({ file_ids: optional(list(z.string(), maxCodeInterpreterFiles)) }))
const vector_store_ids = optional(list(z.string(), maxVectorStores))

/** What a request asks for: resources that are there, and a store to be made. */
export interface RequestedResources {
  code_interpreter?: { file_ids: string[] }
  file_search?: { vector_store_ids: string[]; vector_stores: z.output<typeof newStore>[] }
}

const asked = (given: {
  code_interpreter?: { file_ids?: string[] | undefined } | undefined
  file_search?:
    | { vector_store_ids?: string[] | undefined; vector_stores?: z.output<typeof newStore>[] | undefined }
    | undefined
}): RequestedResources => ({
  ...(given.code_interpreter && { code_interpreter: { file_ids: given.code_interpreter.file_ids ?? [] } }),
  ...(given.file_search && {
    file_search: {
      vector_store_ids: given.file_search.vector_store_ids ?? [],
      vector_stores: given.file_search.vector_stores ?? [],
    },
  }),
})

/** Where an assistant or a thread is created. */
export const newToolResources = object({
  code_interpreter,
  file_search: optional(
    object({ vector_store_ids, vector_stores: optional(list(newStore, maxVectorStores)) }).check(
      refuseWhen((value) =>
        value.vector_store_ids?.length && value.vector_stores?.length
          ? {
              code: 'invalid_value',
              message: "Invalid '{param}': 'vector_store_ids' and 'vector_stores' cannot both be given.",
            }
          : undefined,
      ),
    ),
  ),
}).transform(asked)

/** Where one is modified, and for a run. */
export const toolResources = object({
  code_interpreter,
  file_search: optional(object({ vector_store_ids })),
}).transform(asked)

/** An assistant shows the list of a code interpreter that it has, even an empty one. */
export const toAssistantResources = (resources: ToolResources, tools: AssistantTool[]): ToolResources => {
  const files = resources.code_interpreter?.file_ids ?? []
  return {
    ...((files.length > 0 || tools.some((tool) => tool.type === 'code_interpreter')) && {
      code_interpreter: { file_ids: files },
    }),
    ...shownStores(resources),
  }
}

const shownStores = ({ file_search }: ToolResources) =>
  file_search && file_search.vector_store_ids.length > 0 && { file_search }

/** What a GET of a thread and every streamed object show: a list for code interpreter, even where nothing uses it. */
export const withCodeInterpreter = (resources: ToolResources): ToolResources => ({
  code_interpreter: resources.code_interpreter ?? { file_ids: [] },
  ...shownStores(resources),
})

/** What the answer to a POST shows: only what was set. */
export const onlyWhatIsSet = (resources: ToolResources): ToolResources => ({
  ...(resources.code_interpreter?.file_ids.length && { code_interpreter: resources.code_interpreter }),
  ...shownStores(resources),
})
