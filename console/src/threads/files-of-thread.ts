import type { Message, Thread } from '../api/thread.ts'

export interface FileOfThread {
  id: string
  /** What it is for, or how it came: each once. */
  uses: string[]
}

/** Every file that a thread and these of its messages name. */
export function filesOfThread(thread: Thread, messages: Message[]): FileOfThread[] {
  const uses = new Map<string, Set<string>>()
  const note = (id: string, use: string) => uses.set(id, (uses.get(id) ?? new Set()).add(use))
  for (const id of thread.tool_resources.code_interpreter?.file_ids ?? []) note(id, 'given to Python')
  for (const { attachments, content, role } of messages) {
    for (const { file_id, tools } of attachments)
      for (const { type } of tools)
        note(file_id, type === 'file_search' ? 'attached for file search' : 'attached for Python')
    for (const part of content) {
      if (part.type === 'image_file')
        note(
          part.image_file.file_id,
          role === 'user' ? 'a picture of the user' : 'a picture of the assistant',
        )
      if (part.type !== 'text') continue
      for (const annotation of part.text.annotations) {
        if (annotation.type === 'file_path') note(annotation.file_path.file_id, 'made by Python')
        else note(annotation.file_citation.file_id, 'cited')
      }
    }
  }
  return Array.from(uses, ([id, all]) => ({ id, uses: [...all] }))
}
