import type { Attachment } from '../contract/messages.ts'
import { quotedName } from '../contract/name-in-text.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { Reader } from '../store/database.ts'
import { namesOfFiles } from '../store/files.ts'
import type { ToolSet } from '../tools/tool-set.ts'

/** Describes an attached file to the model: its name, its id and the tools that can read it. */
export type DescribeAttachment = (attachment: Attachment) => string

/** Looks up the attachments of a whole conversation with one statement for each kind of data. */
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
