import { CloseButton, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { MagnifyingGlassIcon } from '@radix-ui/react-icons'
import { useState } from 'react'
import { useFilter } from './use-filter.ts'

interface Props {
  /** The name of the filter in the address. */
  filter: string
  label: string
  placeholder: string
  width?: number
}

/** Words to look for. The list follows when one has stopped typing. */
export function WordsFilter({ filter, label, placeholder, width = 220 }: Props) {
  const [value, setValue] = useFilter(filter)
  const [typed, setTyped] = useState(value ?? '')
  const setSoon = useDebouncedCallback((words: string) => setValue(words.trim() || null), 300)
  // The address changes without typing too, for instance when one goes back.
  const [known, setKnown] = useState(value)
  if (value !== known) {
    setKnown(value)
    if (typed.trim() !== (value ?? '')) setTyped(value ?? '')
  }
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder}
      w={width}
      leftSection={<MagnifyingGlassIcon />}
      value={typed}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value)
        setSoon(currentTarget.value)
      }}
      rightSection={
        typed && (
          <CloseButton
            size="xs"
            aria-label="Clear"
            onClick={() => {
              setTyped('')
              setValue(null)
            }}
          />
        )
      }
    />
  )
}
