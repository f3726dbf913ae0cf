import { useDeferredValue, type ReactNode } from 'react'
import { nameOf, useAssistant } from '../../api/assistants.ts'
import { Identifier } from '../Identifier.tsx'
import { Time } from '../Time.tsx'
import classes from './Conversation.module.css'

interface Props {
  /** Undefined for the user. */
  assistantId: string | null | undefined
  at: number
  /** Of the message, if there is one. */
  id?: string
  children?: ReactNode
}

/** Who speaks, and when. A heading, so that a screen reader goes from message to message. */
export function Head({ assistantId, at, id, children }: Props) {
  const assistant = useAssistant(assistantId)
  // The buttons come when nothing more urgent waits. Their space is kept.
  const hasTime = useDeferredValue(true, false)
  const who = assistantId === undefined ? 'User' : assistant ? nameOf(assistant) : 'Assistant'
  return (
    <div className={classes.head}>
      <h2 className={classes.who}>
        <bdi>{who}</bdi>
      </h2>
      <Time at={at} />
      {id && <Identifier id={id} />}
      <div className={classes.actions}>{hasTime && children}</div>
    </div>
  )
}
