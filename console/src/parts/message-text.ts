import type { Message } from '../../../src/contract/messages.ts'

/** The texts of a message together. */
export const textOf = ({ content }: Pick<Message, 'content'>): string =>
  content.flatMap((part) => (part.type === 'text' ? [part.text.value] : [])).join('\n\n')
