import { setTimeout as sleep } from 'node:timers/promises'
import type { Sessions } from '../../sandbox/sandbox.ts'
import type { Database } from '../../store/database.ts'
import type { Limits } from '../../store/usage/limits.ts'
import {
  leaveSession,
  removeSession,
  removeSessionsOf,
  takeSessionPlace,
  type SessionLimits,
  type SessionPlace,
} from '../../store/python-sessions.ts'
import type { SandboxSessions } from './sandbox-sessions.ts'

export interface SessionPlacesParts {
  db: Database
  limits: () => Limits
  /** The name of this server. */
  server: string
  /** Whether another server runs, as far as that is known here. */
  lives: (server: string) => boolean | undefined
  sessions: Pick<Sessions, 'look'>
  sandboxSessions: Pick<SandboxSessions, 'end'>
}

/** Keeps projects to the number of Python sessions that they may have, on all servers together. */
export interface SessionPlaces {
  /**
   * Waits until the session of the sandbox may be used, and returns a function to call afterwards. The session that has been
   * idle for longest makes room for a new one.
   */
  enter(
    of: { project: string; apiKey: string; sandboxId: string },
    signal: AbortSignal,
  ): Promise<() => Promise<void>>
}

const pollIntervalMs = 250

export function createSessionPlaces(parts: SessionPlacesParts): SessionPlaces {
  const { db, limits, server, lives, sessions, sandboxSessions } = parts

  async function leave(place: SessionPlace): Promise<void> {
    const there = sessions.look(place.sandbox) !== undefined
    await db.write(async (tx) => {
      if (there) await leaveSession(tx, place)
      else await removeSession(tx, place)
    }, 'committed')
  }

  async function makeRoom(place: SessionPlace): Promise<void> {
    if (lives(place.server) !== false) await sandboxSessions.end(place.sandbox, place.server)
    await db.write((tx) => removeSession(tx, place), 'committed')
  }

  /** Returns whether any server was lost with its sessions. */
  async function forgetLost(servers: string[]): Promise<boolean> {
    const lost = [...new Set(servers)].filter((one) => one !== server && lives(one) === false)
    for (const one of lost) await db.write((tx) => removeSessionsOf(tx, one), 'committed')
    return lost.length > 0
  }

  return {
    async enter({ project, apiKey, sandboxId }, signal) {
      const place: SessionPlace = { project, api_key: apiKey, sandbox: sandboxId, server }
      for (;;) {
        signal.throwIfAborted()
        const limit = limitsOf(limits(), project, apiKey)
        if (!limit) return async () => {}
        const answer = await db.write((tx) => takeSessionPlace(tx, place, limit), 'committed')
        if ('taken' in answer) return () => leave(place)
        if ('end' in answer) await makeRoom(answer.end)
        else if (!(await forgetLost(answer.usedBy))) await sleep(pollIntervalMs, undefined, { signal })
      }
    },
  }
}

/** Undefined when nobody in the project has a limit. A key that has one needs to know of the sessions of its project's other keys. */
function limitsOf(limits: Limits, project: string, apiKey: string): SessionLimits | undefined {
  const name = 'max_code_interpreter_sessions'
  const ofProject = limits.of(project, name)
  const ofKeys = limits.ofKeys(project, name)
  return ofProject === undefined && ofKeys.size === 0 ? undefined : { ofProject, ofKey: ofKeys.get(apiKey) }
}
