import {
  CheckIcon,
  CircleIcon,
  Cross2Icon,
  ExclamationTriangleIcon,
  MinusIcon,
  QuestionMarkIcon,
  UpdateIcon,
} from '@radix-ui/react-icons'
import type { ComponentType } from 'react'
import classes from './StateLabel.module.css'

interface State {
  says: string
  colour: 'waiting' | 'working' | 'asking' | 'done' | 'failed' | 'stopped'
  Icon: ComponentType
}

/** Each status of the API with its word, its shape and its colour: nothing is said by a colour alone. */
const states: Record<string, State> = {
  queued: { says: 'queued', colour: 'waiting', Icon: CircleIcon },
  in_progress: { says: 'running', colour: 'working', Icon: UpdateIcon },
  requires_action: { says: 'waiting for you', colour: 'asking', Icon: QuestionMarkIcon },
  cancelling: { says: 'stopping', colour: 'stopped', Icon: MinusIcon },
  cancelled: { says: 'cancelled', colour: 'stopped', Icon: MinusIcon },
  expired: { says: 'expired', colour: 'failed', Icon: MinusIcon },
  failed: { says: 'failed', colour: 'failed', Icon: Cross2Icon },
  incomplete: { says: 'incomplete', colour: 'asking', Icon: ExclamationTriangleIcon },
  warning: { says: 'warning', colour: 'asking', Icon: ExclamationTriangleIcon },
  error: { says: 'error', colour: 'failed', Icon: Cross2Icon },
  completed: { says: 'done', colour: 'done', Icon: CheckIcon },
}

/** The state of a run, a step, or a file in a vector store. `words` say it more exactly. */
export function StateLabel({ status, words }: { status: string; words?: string | undefined }) {
  const { says, colour, Icon } = states[status] ?? { says: status, colour: 'waiting', Icon: CircleIcon }
  return (
    <span className={classes.state} style={{ color: `var(--state-${colour})` }} data-status={status}>
      <Icon aria-hidden />
      {words ?? says}
    </span>
  )
}
