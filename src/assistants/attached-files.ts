import type { Attachment } from '../contract/messages.ts'
import { quotedName } from '../contract/name-in-text.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { Reader } from '../store/database.ts'
import { namesOfFiles } from '../store/files.ts'
import type { ToolSet } from '../tools/tool-set.ts'

/** What the model is told of a file that is attached to a message: its name, its id, and which tool reads it. */
export type DescribeAttachment = (attachment: Attachment) => string

/** Looks up all attachments of a conversation at once. */
export async function attachmentTexts(
  db: Reader,
  run: RunRecord,
  tools: Pick<ToolSet, 'waysToRead'>,
  attachments: Attachment[],
): Promise<DescribeAttachment> {
  if (attachments.length === 0) return () => ''
  const ids = [...new Set(attachments.map(({ file_id }) => file_id))]
  const names = await namesOfFiles(db, run.project, ids)
  const types = new Set(attachments.flatMap((one) => one.tools.map(({ type }) => type)))
  const readers: { type: string; ways: Map<string, string> }[] = []
  for (const type of ['file_search', 'code_interpreter'] as const)
    if (types.has(type)) readers.push({ type, ways: await tools.waysToRead(type, ids) })
  return ({ file_id, tools: given }) => {
    const name = names.get(file_id)
    if (name === undefined) return `[attached file ${file_id}, deleted since]`
    const ways = readers.flatMap(({ type, ways: waysOf }) =>
      given.some((tool) => tool.type === type) ? (waysOf.get(file_id) ?? []) : [],
    )
    return `[attached file: ${quotedName(name)} (${file_id}); ${ways.join('; ') || 'no tool here reads it'}]`
  }
}
