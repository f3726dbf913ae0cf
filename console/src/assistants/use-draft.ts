import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import OpenAI from 'openai'
import { useState } from 'react'
import type { Assistant } from '../../../src/contract/assistants.ts'
import { assistantQuery } from '../api/assistants.ts'
import { useClient } from '../api/client.ts'
import { modelsQuery } from '../api/models.ts'
import { forgetUnsavedChanges, useUnsavedChanges } from '../parts/unsaved-changes.ts'
import { draftOf, emptyDraft, isValid, requestOf, type Draft, type Refusal } from './draft.ts'
import { pathOf } from './json/problem.ts'

/**
 * An assistant and what somebody has changed of it. `id` is undefined for one that is being made. Until something is
 * changed the draft is what the server has.
 */
export function useDraft(id: string | undefined) {
  const client = useClient()
  const queries = useQueryClient()
  const { data: models, isPending: areModelsPending } = useQuery(modelsQuery(client))
  const {
    data: assistant,
    error,
    isPending,
  } = useQuery({
    ...assistantQuery(client, id ?? ''),
    enabled: id !== undefined,
  })
  const [changed, setChanged] = useState<{ of: string | undefined; draft: Draft }>()
  const [refusal, setRefusal] = useState<Refusal>()
  const isLoading = id === undefined ? areModelsPending : isPending
  const saved = assistant ? draftOf(assistant) : emptyDraft(models?.[0]?.id ?? '')
  const written = changed && changed.of === id ? changed.draft : saved
  // Whoever begins to write before the models are known has not chosen one.
  const draft = written.model === '' ? { ...written, model: saved.model } : written
  const save = useMutation({
    mutationFn: async () => {
      const request = requestOf(draft)
      setRefusal(undefined)
      try {
        const made = await (id === undefined
          ? client.beta.assistants.create(request)
          : client.beta.assistants.update(id, request))
        return made as unknown as Assistant
      } catch (error) {
        if (error instanceof OpenAI.BadRequestError && error.param)
          setRefusal({ draft, path: pathOf(error.param), message: error.message.replace(/^\d{3} /, '') })
        throw error
      }
    },
    async onSuccess(made) {
      queries.setQueryData(['assistants', made.id], made)
      setChanged(undefined)
      forgetUnsavedChanges()
      await queries.invalidateQueries({ queryKey: ['assistants', 'list'] })
    },
  })
  const isChanged =
    changed?.of === id && changed !== undefined && JSON.stringify(draft) !== JSON.stringify(saved)
  useUnsavedChanges(isChanged)
  return {
    assistant,
    error,
    /** Until then the draft is an empty one, and must not be saved. */
    isLoading,
    draft,
    isChanged,
    isValid: !isLoading && isValid(draft),
    /** What the server has refused of it. */
    refusal,
    setDraft: (next: Draft) => setChanged({ of: id, draft: next }),
    discard: () => setChanged(undefined),
    save,
  }
}
