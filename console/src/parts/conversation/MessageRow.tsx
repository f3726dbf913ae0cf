import type { ReactNode } from 'react'
import type { Message } from '../../../../src/contract/messages.ts'
import { AnnotatedText, AttachedFiles, OtherContent } from '../MessageContent.tsx'
import classes from './Conversation.module.css'
import { Head } from './Head.tsx'
import { MessageActions } from './MessageActions.tsx'
import type { Row } from './rows.ts'

type MessagePiece = Extract<Row, { kind: 'message' }>

interface Props {
  row: MessagePiece
  /** More buttons of the message. */
  actions: ((message: Message) => ReactNode) | undefined
  isFound: boolean
}

/** A message, or a piece of a long one. */
export function MessageRow({ row, actions, isFound }: Props) {
  const { message, isFirst, isLast } = row
  const cut = isFirst ? (isLast ? undefined : 'start') : isLast ? 'end' : 'middle'
  const isUser = message.role === 'user'
  return (
    <article
      className={classes.message}
      data-last={isLast || undefined}
      data-found={isFound || undefined}
      aria-label={isUser ? 'Message of the user' : 'Answer'}
    >
      {isFirst && (
        <Head assistantId={isUser ? undefined : message.assistant_id} at={message.created_at} id={message.id}>
          <MessageActions message={message} />
          {actions?.(message)}
        </Head>
      )}
      <div className={isUser ? classes.person : undefined} data-cut={cut}>
        <Content row={row} message={message} />
        {isLast && <AttachedFiles attachments={message.attachments} />}
      </div>
    </article>
  )
}

function Content({ row: { content, text }, message }: { row: MessagePiece; message: Message }) {
  const part = content === undefined ? undefined : message.content[content]
  if (!part) return undefined
  if (part.type !== 'text') return <OtherContent part={part} />
  return <AnnotatedText annotations={part.text.annotations}>{text ?? ''}</AnnotatedText>
}
