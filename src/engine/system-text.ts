import type { RunRequest } from '../contract/runs.ts'
import { quotedName } from '../contract/name-in-text.ts'
import type { StoreContents } from '../store/files-of-stores.ts'
import type { GivenFile, RunSources } from './run-sources.ts'

/** The instructions, and what the model must know of its surroundings to use the tools. */
export function systemText(
  request: RunRequest,
  { inputs: files, contents }: Pick<RunSources, 'inputs' | 'contents'>,
  enforcesJson: boolean,
): string {
  const parts = [request.instructions ?? '', contents ? whatIsSearched(contents) : '']
  if (files.length > 0 && request.tools.some((tool) => tool.type === 'code_interpreter')) {
    parts.push(`Files for the code interpreter:\n${files.map(whereItIs).join('\n')}`)
  }
  const format = request.response_format
  if (!enforcesJson && typeof format === 'object') {
    if (format.type === 'json_object') parts.push('Answer with one JSON object and nothing else.')
    if (format.type === 'json_schema') {
      const schema = JSON.stringify(format.json_schema.schema ?? {})
      parts.push(`Answer with JSON that follows this JSON Schema, and nothing else:\n${schema}`)
    }
  }
  return parts.filter(Boolean).join('\n\n')
}

/** Users ask of files by their names, or what there is at all: a search answers neither. */
function whatIsSearched({ counts, names }: StoreContents): string {
  const { completed = 0, in_progress = 0, failed = 0 } = counts
  const more = completed > names.length ? `, of which the first ${names.length} are` : ''
  const others = [
    in_progress > 0 ? `${in_progress} more are not ready yet.` : '',
    failed > 0 ? `${failed} more cannot be read by it.` : '',
  ].filter(Boolean)
  if (completed === 0) return others.length > 0 ? `Files for file_search: none. ${others.join(' ')}` : ''
  const list = names.map((name) => `- ${quotedName(name)}`)
  return [`Files for file_search: ${completed}${more}`, ...list, ...others].join('\n')
}

/** Users speak of names, and what is under a name may have been written since. */
const whereItIs = ({ id, name, rewritten }: GivenFile) =>
  rewritten
    ? `- /mnt/data/${name}, written by your code (as it was uploaded: /mnt/data/${id})`
    : `- /mnt/data/${name} (also /mnt/data/${id})`
