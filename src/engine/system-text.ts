import type { RunRequest } from '../contract/runs.ts'
import type { GivenFile } from './run-sources.ts'

/** The instructions, and what the model must know of its surroundings to use the tools. */
export function systemText(request: RunRequest, files: GivenFile[], enforcesJson: boolean): string {
  const parts = [request.instructions ?? '']
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

/** Users speak of names, and what is under a name may have been written since. */
const whereItIs = ({ id, name, rewritten }: GivenFile) =>
  rewritten
    ? `- /mnt/data/${name}, written by your code (as it was uploaded: /mnt/data/${id})`
    : `- /mnt/data/${name} (also /mnt/data/${id})`
