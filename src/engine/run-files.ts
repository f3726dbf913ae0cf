import type { RunStepRecord } from '../contract/run-steps.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { Reader } from '../store/database.ts'
import { getFile } from '../store/files.ts'
import { threadFiles } from '../store/sandbox-files.ts'
import { getThread } from '../store/threads.ts'
import { segment } from '../tools/code-interpreter.ts'
import type { Sources } from './annotate.ts'
import type { InputFile } from './system-text.ts'

export interface RunFiles extends Sources {
  /** What code interpreter is given: the assistant's files and the thread's (wire §4.9). */
  inputs: InputFile[]
  /** Pictures that code interpreter has made since the run's last message. */
  pendingImages: string[]
}

export async function readRunFiles(db: Reader, run: RunRecord, steps: RunStepRecord[]): Promise<RunFiles> {
  if (!run.request.tools.some((tool) => tool.type === 'code_interpreter')) {
    return { inputs: [], fileAt: () => undefined, pendingImages: [] }
  }
  const thread = await getThread(db, run.project, run.thread_id)
  const ids = new Set([
    ...(run.request.tool_resources.code_interpreter?.file_ids ?? []),
    ...(thread?.body.tool_resources.code_interpreter?.file_ids ?? []),
  ])
  const inputs: InputFile[] = []
  const paths = new Map<string, string>()
  for (const id of ids) {
    const file = await getFile(db, run.project, id)
    if (!file) continue
    const filename = segment(file.body.filename)
    inputs.push({ id, filename })
    paths.set(`/mnt/data/${id}`, id)
    paths.set(`/mnt/data/${filename}`, id)
  }
  for (const { path, file_id } of await threadFiles(db, run.thread_id)) paths.set(path, file_id)
  return { inputs, fileAt: (path) => paths.get(path), pendingImages: pendingImages(steps) }
}

function pendingImages(steps: RunStepRecord[]): string[] {
  const images: string[] = []
  for (const { status, body } of steps) {
    if (status !== 'completed') continue
    if (body.step_details.type === 'message_creation') images.length = 0
    else {
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
