import { NumberInput, type NumberInputProps } from '@mantine/core'
import { useState } from 'react'

interface Props extends Pick<
  NumberInputProps,
  'label' | 'description' | 'placeholder' | 'suffix' | 'disabled'
> {
  /** Null where the field is empty. */
  value: number | null
  onChange: (value: number | null) => void
  /** How many of what is kept make one of what is written: a hundred cents, a million bytes. */
  scale?: number
  max?: number
  'data-autofocus'?: true
}

/** A number above zero, which may be left out. What is written stays as it is, such as `2.` on the way to `2.5`. */
export function AmountInput({ value, onChange, scale = 1, ...props }: Props) {
  const [written, setWritten] = useState<number | string>('')
  const amountOf = (given: number | string) => {
    const amount = typeof given === 'number' ? given : Number.parseFloat(given)
    return Number.isFinite(amount) ? Math.round(amount * scale) : null
  }
  const isWritten = amountOf(written) === value
  return (
    <NumberInput
      min={1 / scale}
      clampBehavior="blur"
      decimalScale={Math.log10(scale)}
      allowNegative={false}
      allowDecimal={scale > 1}
      thousandSeparator
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      {...props}
      value={isWritten ? written : value === null ? '' : value / scale}
      onChange={(given) => {
        setWritten(given)
        onChange(amountOf(given))
      }}
    />
  )
}
