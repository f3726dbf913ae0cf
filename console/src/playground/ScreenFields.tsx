import { Button, Checkbox, FileButton, Group, Stack, Text } from '@mantine/core'
import { useWindowEvent } from '@mantine/hooks'
import { ImageIcon } from '@radix-ui/react-icons'
import { useState } from 'react'
import type { ComputerCallItem } from '../../../src/contract/responses/hosted-item-types.ts'
import { PictureAt } from '../parts/MessageContent.tsx'
import { ComputerActionList } from '../parts/items/HostedDetails.tsx'
import classes from './Playground.module.css'

/** What somebody answers in the place of a computer. */
export interface Screen {
  /** A `data:` URL. */
  picture?: string
  /** The ids of the safety checks that somebody has seen to. */
  confirmed?: readonly string[]
}

interface Props {
  call: ComputerCallItem
  /** Tells it from the other calls of the form. */
  name: string
  screen: Screen
  onChange: (screen: Screen) => void
}

/** Whether there is a screenshot, and everything was confirmed that had to be. */
export const isAnswered = (
  { pending_safety_checks: checks }: ComputerCallItem,
  { picture, confirmed = [] }: Screen = {},
): boolean => picture !== undefined && checks.every(({ id }) => confirmed.includes(id))

const pictures = 'image/png,image/jpeg,image/gif,image/webp'

/** A call of the computer: what is to be done, what has to be confirmed before, and a place for what the screen has then. */
export function ScreenFields({ call, name, screen, onChange }: Props) {
  const [fault, setFault] = useState<string>()
  const { picture, confirmed = [] } = screen
  const take = async (file: File | null | undefined) => {
    if (!file) return
    const isPicture = pictures.split(',').includes(file.type)
    setFault(isPicture ? undefined : `${file.name} is no PNG, JPEG, GIF or WebP.`)
    if (isPicture) onChange({ ...screen, picture: await dataUrlOf(file) })
  }
  // What is pasted into a field is meant for that field.
  useWindowEvent('paste', (event) => {
    const [file] = event.clipboardData?.files ?? []
    const isField = event.target instanceof Element && event.target.closest('input, textarea')
    if (!file || isField || event.defaultPrevented) return
    event.preventDefault()
    void take(file)
  })
  return (
    <fieldset className={classes.call} aria-label={name}>
      <Text fz="sm" fw={600} ff="monospace">
        {name}
      </Text>
      <Stack gap="sm">
        <ComputerActionList item={call} />
        {call.pending_safety_checks.map(({ id, code, message }) => (
          <Checkbox
            key={id}
            label={`Seen to: ${message ?? code ?? id}`}
            checked={confirmed.includes(id)}
            onChange={({ currentTarget: { checked } }) => {
              const others = confirmed.filter((one) => one !== id)
              onChange({ ...screen, confirmed: checked ? [...others, id] : others })
            }}
          />
        ))}
        {picture !== undefined && <PictureAt url={picture} alt={`Screen of ${name}`} />}
        <Group gap="sm">
          <FileButton accept={pictures} onChange={(file) => void take(file)}>
            {(props) => (
              <Button {...props} leftSection={<ImageIcon />}>
                {picture === undefined ? 'Choose a screenshot' : 'Choose another'}
              </Button>
            )}
          </FileButton>
          <Text fz="xs" c="dimmed">
            or paste one
          </Text>
        </Group>
        {fault && (
          <Text fz="xs" c="var(--state-asking)" role="alert">
            {fault}
          </Text>
        )}
      </Stack>
    </fieldset>
  )
}

const dataUrlOf = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(reader.result as string))
    reader.addEventListener('error', () => reject(reader.error ?? new Error('It cannot be read.')))
    reader.readAsDataURL(file)
  })
