import type { MessageRecord } from '../contract/messages.ts'
import type { Content } from '../engine/conversation.ts'
import { withoutCitations } from '../tools/citation-marker.ts'
import type { DescribeAttachment } from './attached-files.ts'

/** A message as a model reads it. `own` is true when the message is of the run that asks the model. */
export function contentOf({ body }: MessageRecord, own: boolean, describe: DescribeAttachment): Content[] {
  const content: Content[] = []
  for (const part of body.content) {
    if (part.type === 'text') {
      const { value, annotations } = part.text
      content.push({ type: 'text', text: own ? value : withoutCitations(value, annotations) })
    } else if (part.type === 'refusal') content.push({ type: 'text', text: part.refusal })
    // Models accept pictures only from the user, so a picture of the assistant is only mentioned.
    else if (body.role === 'assistant') content.push({ type: 'text', text: '[picture shown to the user]' })
    else if (part.type === 'image_file') {
      const { file_id, detail = 'auto' } = part.image_file
      content.push({ type: 'picture', source: { storedId: file_id }, detail })
    } else {
      const { url, detail = 'auto' } = part.image_url
      content.push({ type: 'picture', source: { url }, detail })
    }
  }
  for (const attachment of body.attachments) content.push({ type: 'text', text: describe(attachment) })
  return content
}
