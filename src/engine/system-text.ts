import type { RunRequest } from '../contract/runs.ts'

export interface InputFile {
  id: string
  filename: string
}

/** The instructions, and what the model must know of its surroundings to use the tools. */
export function systemText(request: RunRequest, files: InputFile[], enforcesJson: boolean): string {
  const parts = [request.instructions ?? '']
  if (files.length > 0 && request.tools.some((tool) => tool.type === 'code_interpreter')) {
    const names = files.map(({ id, filename }) => `- /mnt/data/${filename} (also /mnt/data/${id})`)
    parts.push(`Files for the code interpreter:\n${names.join('\n')}`)
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
