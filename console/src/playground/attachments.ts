import type OpenAI from 'openai'
import type { NewMessage } from './start-run.ts'

/** What becomes of a file that is attached to a message. */
export type Use = 'code_interpreter' | 'file_search' | 'both' | 'picture' | 'text'

export interface Attached {
  key: string
  name: string
  size: number
  use: Use
  /** Undefined while it is uploaded. */
  fileId?: string
  error?: string
}

export const uses: { value: Use; label: string }[] = [
  { value: 'code_interpreter', label: 'for Python' },
  { value: 'file_search', label: 'to search' },
  { value: 'both', label: 'for both' },
  { value: 'picture', label: 'to look at' },
]

/** Of a message that is no thread's: the model is told what is in its files. */
export const usesAsInput: typeof uses = [
  { value: 'text', label: 'to read' },
  { value: 'picture', label: 'to look at' },
]

/** What one would choose for a file of this name, of an assistant with these tools. */
export function likelyUse(file: Pick<File, 'name' | 'type'>, tools: readonly { type: string }[]): Use {
  if (/^image\/(png|jpeg|gif|webp)$/.test(file.type)) return 'picture'
  const has = (type: string) => tools.some((tool) => tool.type === type)
  if (has('code_interpreter') && !has('file_search')) return 'code_interpreter'
  if (has('file_search') && !has('code_interpreter')) return 'file_search'
  return /\.(pdf|docx?|pptx?|txt|md|html?|tex)$/i.test(file.name) ? 'file_search' : 'code_interpreter'
}

export const purposeOf = (use: Use): OpenAI.FilePurpose => (use === 'picture' ? 'vision' : 'assistants')

/** The tools that a message names for the file. */
const toolsOf = (use: Use): { type: 'code_interpreter' | 'file_search' }[] =>
  use === 'both'
    ? [{ type: 'code_interpreter' }, { type: 'file_search' }]
    : use === 'picture' || use === 'text'
      ? []
      : [{ type: use }]

/** A message of text, pictures and files. All files are uploaded. */
export function messageOf(text: string, attached: readonly Attached[]): NewMessage {
  const ready = attached.filter((one) => one.fileId !== undefined)
  const pictures = ready.filter(({ use }) => use === 'picture')
  const files = ready.filter(({ use }) => use !== 'picture')
  return {
    role: 'user',
    content:
      pictures.length === 0
        ? text
        : [
            ...(text === '' ? [] : [{ type: 'text' as const, text }]),
            ...pictures.map(({ fileId }) => ({
              type: 'image_file' as const,
              image_file: { file_id: fileId! },
            })),
          ],
    attachments: files.map(({ fileId, use }) => ({ file_id: fileId!, tools: toolsOf(use) })),
  }
}
