import { useEffect, useState } from 'react'
import classes from './Picture.module.css'

interface Props {
  bytes: Uint8Array<ArrayBuffer>
  type: string
  name: string
}

/** A picture from bytes that were fetched with the key: its address belongs to this page alone. */
export function Picture({ bytes, type, name }: Props) {
  const [address, setAddress] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes], { type }))
    setAddress(made)
    return () => URL.revokeObjectURL(made)
  }, [bytes, type])
  return address && <img className={classes.picture} src={address} alt={name} />
}
