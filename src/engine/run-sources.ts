import type { FileSearchResult, RunStepRecord } from '../contract/run-steps.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { Reader } from '../store/database.ts'
import { getFile } from '../store/files.ts'
import { threadFiles } from '../store/sandbox-files.ts'
import { getThread } from '../store/threads.ts'
import { contentsOfStores, type StoreContents } from '../store/files-of-stores.ts'
import { nameInputs, type InputFile } from '../tools/input-files.ts'
import type { Sources } from './annotate.ts'
import { citations, searchesOf } from './citations.ts'
import type { Engine } from './engine.ts'
import { filePaths } from './file-paths.ts'

export interface GivenFile extends InputFile {
  /** A program has written another file under its name. */
  rewritten: boolean
}

/** How many names of a store's files the model is told. */
const maxNamesTold = 20

/** What the run's tools work on and its markers lead to: the assistant's resources and the thread's (as recorded). */
export interface RunSources extends Sources {
  /** What code interpreter is given. */
  inputs: GivenFile[]
  /** Pictures that code interpreter has made since the run's last message. */
  pendingImages: string[]
  vectorStoreIds: string[]
  /** What is in the stores, where the run searches them. */
  contents?: StoreContents
  /** What the run has found so far, search by search. */
  searches: FileSearchResult[][]
}

export async function readRunSources(
  { db, fileSearch: { quote } }: Pick<Engine, 'db' | 'fileSearch'>,
  run: RunRecord,
  steps: RunStepRecord[],
): Promise<RunSources> {
  const uses = (type: string) => run.request.tools.some((tool) => tool.type === type)
  const thread = await getThread(db, run.project, run.thread_id)
  const resources = [run.request.tool_resources, thread?.body.tool_resources ?? {}]
  const searches = searchesOf(steps)
  const { inputs, ...paths } = uses('code_interpreter')
    ? await filesOf(db, run, new Set(resources.flatMap((one) => one.code_interpreter?.file_ids ?? [])))
    : { inputs: [], fileAt: () => undefined, beginsFile: () => false }
  const vectorStoreIds = [...new Set(resources.flatMap((one) => one.file_search?.vector_store_ids ?? []))]
  return {
    inputs,
    ...paths,
    pendingImages: pendingImages(steps),
    vectorStoreIds,
    searches,
    ...(uses('file_search') && {
      citation: citations(searches, quote),
      contents: await contentsOfStores(db, run.project, vectorStoreIds, maxNamesTold),
    }),
  }
}

async function filesOf(
  db: Reader,
  run: RunRecord,
  ids: Set<string>,
): Promise<Pick<RunSources, 'inputs' | 'fileAt' | 'beginsFile'>> {
  const files = []
  for (const id of ids) {
    const file = await getFile(db, run.project, id)
    if (file) files.push({ id, filename: file.body.filename, bytes: file.body.bytes })
  }
  const written = new Map((await threadFiles(db, run.thread_id)).map(({ path, file_id }) => [path, file_id]))
  const paths = new Map<string, string>()
  const inputs = nameInputs(files).map((file) => {
    const path = `/mnt/data/${file.name}`
    paths.set(`/mnt/data/${file.id}`, file.id).set(path, file.id)
    return { ...file, rewritten: written.has(path) }
  })
  for (const [path, id] of written) paths.set(path, id)
  return { inputs, ...filePaths(paths) }
}

function pendingImages(steps: RunStepRecord[]): string[] {
  const images: string[] = []
  for (const { status, body } of steps) {
    if (status !== 'completed') continue
    if (body.step_details.type === 'message_creation') {
      // What was said together with the calls was said before they made pictures.
      if (!body.after_calls) images.length = 0
    } else {
      for (const call of body.step_details.tool_calls) {
        if (call.type !== 'code_interpreter') continue
        for (const output of call.code_interpreter.outputs) {
          if (output.type === 'image') images.push(output.image.file_id)
        }
      }
    }
  }
  return images
}
