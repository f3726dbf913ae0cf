import { Modal, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { DaysInput, secondsOf } from './DaysInput.tsx'
import { DialogForm } from './DialogForm.tsx'

interface Props {
  opened: boolean
  onClose: () => void
  title: string
  about: string
  /** What it is called now. */
  present?: string
  /** What the button says. */
  submit: string
  /** Whether it may expire, which keys do. */
  mayExpire?: boolean
  onSubmit: (given: { name: string; expires_in_seconds?: number }) => Promise<unknown>
}

/** Asks for the name of a project or a key. */
export const NameForm = ({ opened, onClose, title, ...props }: Props) => (
  <Modal opened={opened} onClose={onClose} title={title}>
    <Fields {...props} onClose={onClose} />
  </Modal>
)

function Fields({
  about,
  present = '',
  submit,
  mayExpire = false,
  onSubmit,
  onClose,
}: Omit<Props, 'opened' | 'title'>) {
  const [name, setName] = useState(present)
  const [days, setDays] = useState<number | string>('')
  return (
    <DialogForm
      submit={submit}
      isValid={name.trim() !== ''}
      onClose={onClose}
      onSubmit={() =>
        onSubmit({
          name: name.trim(),
          ...(typeof days === 'number' && { expires_in_seconds: secondsOf(days) }),
        })
      }
    >
      <Text fz="sm">{about}</Text>
      <TextInput
        label="Name"
        value={name}
        maxLength={256}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
        data-autofocus
      />
      {mayExpire && <DaysInput value={days} onChange={setDays} description="Empty: never." />}
    </DialogForm>
  )
}
