import { Select, type SelectProps } from '@mantine/core'
import { useFilter } from './use-filter.ts'

interface Props extends Pick<SelectProps, 'data' | 'searchable' | 'onSearchChange' | 'w'> {
  /** The name of the filter in the address. */
  filter: string
  label: string
}

/** One of several choices, or any. */
export function ChoiceFilter({ filter, label, ...props }: Props) {
  const [value, setValue] = useFilter(filter)
  return (
    <Select
      aria-label={label}
      placeholder={label}
      w={150}
      clearable
      comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
      {...props}
      value={value}
      onChange={setValue}
    />
  )
}
