import { NumberInput } from '@mantine/core'

interface Props {
  value: number | string
  onChange: (value: number | string) => void
  description: string
}

/** In how many days a key expires. */
export const DaysInput = (props: Props) => (
  <NumberInput label="Expires after days" min={1} max={7_300} allowDecimal={false} {...props} />
)

export const secondsOf = (days: number) => days * 86_400
