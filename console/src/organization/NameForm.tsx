import { Button, Group, Modal, NumberInput, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Failure } from '../parts/Failure.tsx'

interface Props {
  opened: boolean
  onClose: () => void
  title: string
  about: string
  /** What the button says. */
  submit: string
  /** Whether it may expire, which keys do. */
  mayExpire?: boolean
  onSubmit: (given: { name: string; expires_in_seconds?: number }) => Promise<unknown>
}

/** Asks for the name of a project or a key that is made. */
export const NameForm = ({ opened, onClose, title, ...props }: Props) => (
  <Modal opened={opened} onClose={onClose} title={title}>
    <Fields {...props} onClose={onClose} />
  </Modal>
)

const secondsOfDay = 86_400

function Fields({ about, submit, mayExpire = false, onSubmit, onClose }: Omit<Props, 'opened' | 'title'>) {
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [days, setDays] = useState<number | string>('')
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      onSubmit({
        name: name.trim(),
        ...(typeof days === 'number' && { expires_in_seconds: days * secondsOfDay }),
      }),
    async onSuccess() {
      onClose()
      await queries.invalidateQueries()
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() !== '' && !isPending) mutate()
      }}
    >
      <Stack gap="md">
        <Text fz="sm">{about}</Text>
        <TextInput
          label="Name"
          value={name}
          maxLength={256}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          data-autofocus
        />
        {mayExpire && (
          <NumberInput
            label="Expires after days"
            description="Empty: never."
            min={1}
            max={7_300}
            value={days}
            onChange={setDays}
          />
        )}
        {error && <Failure error={error} />}
        <Group justify="flex-end" gap="sm">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="filled" loading={isPending} disabled={name.trim() === ''}>
            {submit}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
