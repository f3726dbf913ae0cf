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

/** The maximum number of files for code interpreter in one assistant or thread. */
export const maxCodeInterpreterFiles = 20

/** The maximum number of stores of one assistant or thread. A run searches the stores of both. */
const maxVectorStores = 1

/** A store that is created together with the assistant or the thread. */
const newStore = object({
  file_ids: optional(list(z.string(), 10_000)),
  chunking_strategy: optional(chunkingStrategy),
  metadata: metadataOrEmpty,
})

const code_interpreter = optional(object({ file_ids: optional(list(z.string(), maxCodeInterpreterFiles)) }))
const vector_store_ids = optional(list(z.string(), maxVectorStores))

/** The parsed request: existing resources, and stores to be created. */
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

/** For requests that create an assistant or a thread. */
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

/** For requests that modify one, and for runs. */
export const toolResources = object({
  code_interpreter,
  file_search: optional(object({ vector_store_ids })),
}).transform(asked)

/** An assistant that has code interpreter shows its list of files even when the list is empty. */
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

/**
 * The shape in a GET of a thread and in all streamed objects: it has a list for code interpreter even when nothing uses
 * it.
 */
export const withCodeInterpreter = (resources: ToolResources): ToolResources => ({
  code_interpreter: resources.code_interpreter ?? { file_ids: [] },
  ...shownStores(resources),
})

/** The shape in the answer to a POST, which shows only what was set. */
export const onlyWhatIsSet = (resources: ToolResources): ToolResources => ({
  ...(resources.code_interpreter?.file_ids.length && { code_interpreter: resources.code_interpreter }),
  ...shownStores(resources),
})
