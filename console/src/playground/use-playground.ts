import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation, useSearchParams } from 'wouter'
import type { Run } from '../../../src/contract/runs.ts'
import { useClient } from '../api/client.ts'
import { putRun } from '../api/runs.ts'
import { copyThread } from '../api/thread.ts'
import { useDraft } from '../assistants/use-draft.ts'
import { useActiveRun } from './use-active-run.ts'
import { hasWritten } from './has-written.ts'
import { startRun, type NewMessage, type Overrides } from './start-run.ts'

/** What the address says: the assistant, what is beside the chat, and what is compared. */
export function usePlace() {
  const [search, setSearch] = useSearchParams()
  const set = (changes: Record<string, string | null>) =>
    setSearch(
      (before) => {
        for (const [name, value] of Object.entries(changes))
          if (value === null) before.delete(name)
          else before.set(name, value)
        return before
      },
      { replace: true },
    )
  return {
    set,
    assistant: search.get('assistant') ?? undefined,
    pane: search.get('pane') ?? undefined,
    /** The model that answers the same messages in a second thread. */
    compared: search.get('compare') ?? undefined,
    /** The second thread, when there is one. */
    other: search.get('with') ?? undefined,
    search,
  }
}

/** A conversation with an assistant: what is sent, what works, and how it is stopped. */
export function usePlayground(threadId: string | undefined) {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const place = usePlace()
  const run = useActiveRun(threadId)
  const chosen = place.assistant ?? run.latest?.assistant_id
  const editing = useDraft(chosen === 'new' ? undefined : chosen)
  const { assistant } = editing
  const [overrides, setOverrides] = useState<Overrides>({})

  /** What is changed in the form is saved before it is used. */
  const saved = async (): Promise<string> => {
    if (assistant && !editing.isChanged) return assistant.id
    const { id } = await editing.save.mutateAsync()
    place.set({ assistant: id })
    return id
  }
  const openRun = (started: Run, changes: Record<string, string> = {}) => {
    putRun(queries, started)
    const search = new URLSearchParams({ assistant: started.assistant_id, ...changes })
    navigate(`/${started.thread_id}?${search}`, { state: hasWritten })
  }
  const sent = useMutation({
    async mutationFn(message: NewMessage) {
      const assistantId = await saved()
      const { compared } = place
      if (compared === undefined) {
        const started = await startRun(client, { threadId, assistantId, message, overrides })
        return { started }
      }
      const before = place.other ?? (threadId && (await copyThread(client, threadId)).id)
      const [started, other] = await Promise.all([
        startRun(client, { threadId, assistantId, message, overrides }),
        startRun(client, {
          threadId: before,
          assistantId,
          message,
          overrides: { ...overrides, model: compared },
        }),
      ])
      return { started, other, compared }
    },
    onSuccess({ started, other, compared }) {
      setOverrides({})
      putRun(queries, started)
      if (other) putRun(queries, other)
      if (threadId === undefined)
        openRun(started, other && compared ? { compare: compared, with: other.thread_id } : {})
      else if (other) place.set({ with: other.thread_id })
    },
  })
  const stop = useMutation({
    mutationFn: (one: Run) => client.beta.threads.runs.cancel(one.id, { thread_id: one.thread_id }),
  })
  return { place, run, chosen, editing, saved, openRun, overrides, setOverrides, sent, stop }
}
