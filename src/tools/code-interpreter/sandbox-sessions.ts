import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sessions, SessionState } from '../../sandbox/sandbox.ts'
import { sessionAsked, sessionTold, type Signals } from '../../store/signals.ts'

/** Undefined when there is none, `unknown` when the server that may have one lives and does not answer. */
type Found = SessionState | undefined | 'unknown'

/** The Python sessions of sandboxes, in whichever server they are. `holder` is the server that may have it. */
export interface SandboxSessions {
  look(sandboxId: string, holder: string): Promise<Found>
  /** Ends the session. Resolves with what it was before. */
  end(sandboxId: string, holder: string | undefined): Promise<Found>
  close(): void
}

/** As servers tell it each other, also those of the version before, which knew no sandboxes but those of threads. */
interface Question {
  id: string
  /** The sandbox. */
  threadId: string
  holder: string | undefined
  ends: boolean
}

interface Parts {
  sessions: Pick<Sessions, 'look' | 'end'>
  signals: Signals
  /** The name of this server. */
  server: string
  /** Whether another server runs, as far as that is known here. */
  lives: (server: string) => boolean | undefined
  /** Whether signals reach other servers. */
  isShared: boolean
  /** How long another server has for its answer, in milliseconds. */
  timeoutMs?: number
}

/** Signals may be lost, so a question is asked so often. */
const tries = 3

/**
 * Servers ask each other by signals. Every one ends what it has of the sandbox, since an older session may be left where the
 * sandbox was before, and the one that is named answers.
 */
export function openSandboxSessions(parts: Parts): SandboxSessions {
  const { sessions, signals, server, lives, isShared, timeoutMs = 3_000 } = parts

  async function here({ threadId, ends }: Pick<Question, 'threadId' | 'ends'>) {
    const state = sessions.look(threadId)
    if (ends) await sessions.end(threadId)
    return state
  }

  /** The answer of the server that is named. */
  async function elsewhere(question: Question, holder: string): Promise<Found> {
    const answer = Promise.withResolvers<SessionState | undefined>()
    const off = signals.on(sessionTold(question.id), (of) =>
      answer.resolve(of === '' ? undefined : (JSON.parse(of) as SessionState)),
    )
    try {
      for (let at = 0; isShared && lives(holder) !== false && at < tries; at++) {
        signals.tell(sessionAsked, JSON.stringify(question))
        const found = await Promise.race([answer.promise, sleep(timeoutMs / tries, 'late' as const)])
        if (found !== 'late') return found
      }
      return lives(holder) ? 'unknown' : undefined
    } finally {
      off()
    }
  }

  async function ask(sandboxId: string, holder: string | undefined, ends: boolean): Promise<Found> {
    const question = { id: randomUUID(), threadId: sandboxId, holder, ends }
    if (holder !== undefined && holder !== server) {
      if (ends) await here(question)
      return elsewhere(question, holder)
    }
    if (ends) signals.tell(sessionAsked, JSON.stringify(question))
    return here(question)
  }

  const off = signals.on(sessionAsked, (of) => {
    const question = JSON.parse(of) as Question
    void here(question).then((state) => {
      if (question.holder !== server) return
      signals.tell(sessionTold(question.id), state ? JSON.stringify(state) : '')
    })
  })

  return {
    look: (sandboxId, holder) => ask(sandboxId, holder, false),
    end: (sandboxId, holder) => ask(sandboxId, holder, true),
    close: off,
  }
}
