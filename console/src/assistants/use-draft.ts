import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Assistant } from '../../../src/contract/assistants.ts'
import { assistantQuery } from '../api/assistants.ts'
import { useClient } from '../api/client.ts'
import { modelsQuery } from '../api/models.ts'
import { forgetUnsavedChanges, useUnsavedChanges } from '../parts/unsaved-changes.ts'
import { draftOf, emptyDraft, isValid, requestOf, type Draft } from './draft.ts'

/**
 * An assistant and what somebody has changed of it. `id` is undefined for one that is being made. Until something is
 * changed the draft is what the server has.
 */
export function useDraft(id: string | undefined) {
  const client = useClient()
  const queries = useQueryClient()
  const { data: models } = useQuery(modelsQuery(client))
  const { data: assistant, error } = useQuery({
    ...assistantQuery(client, id ?? ''),
    enabled: id !== undefined,
  })
  const [changed, setChanged] = useState<{ of: string | undefined; draft: Draft }>()
  const saved = assistant ? draftOf(assistant) : emptyDraft(models?.[0]?.id ?? '')
  const draft = changed && changed.of === id ? changed.draft : saved
  const save = useMutation({
    mutationFn: async () => {
      const request = requestOf(draft)
      const made = await (id === undefined
        ? client.beta.assistants.create(request)
        : client.beta.assistants.update(id, request))
      return made as unknown as Assistant
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
    draft,
    isChanged,
    isValid: isValid(draft),
    setDraft: (next: Draft) => setChanged({ of: id, draft: next }),
    discard: () => setChanged(undefined),
    save,
  }
}
