import { useEffect, useMemo } from 'react'
import classes from './Picture.module.css'

interface Props {
  bytes: Uint8Array<ArrayBuffer>
  type: string
  name: string
}

/** A picture from bytes that were fetched with the key: its address belongs to this page alone. */
export function Picture({ bytes, type, name }: Props) {
  const address = useMemo(() => URL.createObjectURL(new Blob([bytes], { type })), [bytes, type])
  useEffect(() => () => URL.revokeObjectURL(address), [address])
  return <img className={classes.picture} src={address} alt={name} />
}
