import { Textarea } from '@mantine/core'
import classes from './Assistants.module.css'

interface Props {
  label: string
  value: string
  onChange: (value: string) => void
  /** Shown below. */
  fault: string | undefined
  minRows?: number
}

/** A field for JSON, which is laid out when it is left. */
export function JsonEditor({ label, value, onChange, fault, minRows = 6 }: Props) {
  return (
    <Textarea
      label={label}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      error={fault}
      autosize
      minRows={minRows}
      maxRows={24}
      spellCheck={false}
      autoCapitalize="off"
      classNames={{ input: classes.json }}
      onBlur={() => onChange(formatted(value))}
    />
  )
}

/** As it was, if it is no JSON. */
function formatted(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
