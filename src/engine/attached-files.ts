import type { Attachment } from '../contract/messages.ts'
import { quotedName } from '../contract/name-in-text.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { Reader } from '../store/database.ts'
import { namesOfFiles } from '../store/files.ts'
import { statusesInStores } from '../store/files-of-stores.ts'
import type { RunSources } from './run-sources.ts'

/** What the model is told of a file that is attached to a message: its name, its id, and which tool reads it. */
export type DescribeAttachment = (attachment: Attachment) => string

/** Looks up all attachments of a conversation at once. */
export async function attachmentTexts(
  db: Reader,
  run: RunRecord,
  { inputs, vectorStoreIds }: Pick<RunSources, 'inputs' | 'vectorStoreIds'>,
  attachments: Attachment[],
): Promise<DescribeAttachment> {
  if (attachments.length === 0) return () => ''
  const ids = [...new Set(attachments.map(({ file_id }) => file_id))]
  const names = await namesOfFiles(db, run.project, ids)
  const statuses = await statusesInStores(db, run.project, vectorStoreIds, ids)
  const has = (type: string) => run.request.tools.some((tool) => tool.type === type)
  return ({ file_id, tools }) => {
    const name = names.get(file_id)
    if (name === undefined) return `[attached file ${file_id}, deleted since]`
    const given = (type: string) => has(type) && tools.some((tool) => tool.type === type)
    const input = given('code_interpreter') ? inputs.find(({ id }) => id === file_id) : undefined
    const ways = [
      ...(given('file_search') ? [searched[statuses.get(file_id) ?? 'cancelled']] : []),
      ...(input ? [`code_interpreter reads it as ${JSON.stringify(`/mnt/data/${input.name}`)}`] : []),
    ]
    return `[attached file: ${quotedName(name)} (${file_id}); ${ways.join('; ') || 'no tool here reads it'}]`
  }
}

const searched = {
  completed: 'file_search reads it',
  in_progress: 'file_search is not ready with it yet',
  failed: 'file_search cannot read it',
  cancelled: 'file_search does not have it',
}
