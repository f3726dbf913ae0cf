import type { ReasoningItem } from './items.ts'
import { isFields, missing, refuseOthers, textIn, wrongType, type Fields } from './refused.ts'

type Path = (string | number)[]

/** Fields that answers have and requests need not: whoever sends back what it was sent is not refused for them. */
export const ofAnswers = ['id', 'status', 'type', 'created_by', 'parsed_arguments', 'namespace', 'caller']

export function readReasoning(value: Fields, path: Path): object {
  refuseOthers(value, [...ofAnswers, 'summary', 'content', 'encrypted_content'], path)
  const { summary, content, encrypted_content } = value
  if (!Array.isArray(summary)) throw missing([...path, 'summary'])
  const texts = (list: unknown[], type: string, at: Path) =>
    list.map((one, index) => {
      if (!isFields(one)) throw wrongType([...at, index], 'an object', one)
      return { type, text: textIn(one, 'text', [...at, index]) }
    })
  return {
    type: 'reasoning',
    ...(typeof encrypted_content === 'string' && { encrypted_content }),
    summary: texts(summary, 'summary_text', [...path, 'summary']),
    ...(Array.isArray(content) &&
      content.length > 0 && { content: texts(content, 'reasoning_text', [...path, 'content']) }),
  } satisfies Omit<ReasoningItem, 'id' | 'summary' | 'content'> & { summary: object[]; content?: object[] }
}

export function readCompaction(value: Fields, path: Path): object {
  refuseOthers(value, [...ofAnswers, 'encrypted_content'], path)
  return { type: 'compaction', encrypted_content: textIn(value, 'encrypted_content', path) }
}
