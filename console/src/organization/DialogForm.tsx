import { Button, Group, Stack } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failure } from '../parts/Failure.tsx'

interface Props {
  /** What the button says. */
  submit: string
  isValid: boolean
  onSubmit: () => Promise<unknown>
  onClose: () => void
  children: ReactNode
}

/** What is in a dialog that asks for something: closes when the server has taken it, and says why when it has not. */
export function DialogForm({ submit, isValid, onSubmit, onClose, children }: Props) {
  const queries = useQueryClient()
  const { mutate, isPending, error } = useMutation({
    mutationFn: onSubmit,
    async onSuccess() {
      onClose()
      await queries.invalidateQueries()
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (isValid && !isPending) mutate()
      }}
    >
      <Stack gap="md">
        {children}
        {error && <Failure error={error} />}
        <Group justify="flex-end" gap="sm">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="filled" loading={isPending} disabled={!isValid}>
            {submit}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
