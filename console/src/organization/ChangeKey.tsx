import { Button, Modal, Skeleton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useClient } from '../api/client.ts'
import { limitsQuery, setLimits, type Limits } from '../api/limits.ts'
import { Failure } from '../parts/Failure.tsx'
import { DaysInput, secondsOf } from './DaysInput.tsx'
import { DialogForm } from './DialogForm.tsx'
import { LimitFields } from './LimitFields.tsx'

interface Props {
  /** Of the key of a project: admin keys stay as they were made. */
  path: string
  name: string
  /** A key of the settings does not expire. */
  mayExpire: boolean
}

/** The limits of a key, and when it expires. */
export function ChangeKey({ path, name, mayExpire }: Props) {
  const [opened, { open, close }] = useDisclosure()
  return (
    <>
      <Button onClick={open} aria-label={`Change the key ${name}`}>
        Change
      </Button>
      <Modal opened={opened} onClose={close} title={`Key ${name}`}>
        <Fields path={path} mayExpire={mayExpire} onClose={close} />
      </Modal>
    </>
  )
}

function Fields({ path, mayExpire, onClose }: Omit<Props, 'name'> & { onClose: () => void }) {
  const client = useClient()
  const { data: saved, error } = useQuery(limitsQuery(client, path))
  const [changed, setChanged] = useState<Limits>({})
  const [days, setDays] = useState<number | string>('')
  const isChanged = Object.keys(changed).length > 0
  if (error) return <Failure error={error} />
  if (!saved) return <Skeleton height={8} width="60%" my={10} />
  return (
    <DialogForm
      submit="Change the key"
      isValid={isChanged || days !== ''}
      onClose={onClose}
      onSubmit={async () => {
        if (isChanged) await setLimits(client, path, changed)
        if (typeof days === 'number')
          await client.post(path, { body: { expires_in_seconds: secondsOf(days) } })
      }}
    >
      <LimitFields
        limits={{ ...saved, ...changed }}
        onChange={(by) => setChanged((now) => ({ ...now, ...by }))}
      />
      {mayExpire && <DaysInput value={days} onChange={setDays} description="From now on. Empty: as it is." />}
    </DialogForm>
  )
}
