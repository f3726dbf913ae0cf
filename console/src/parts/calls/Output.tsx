import { Button } from '@mantine/core'
import { useState } from 'react'
import { count } from '../quantities.ts'
import classes from './Calls.module.css'

const most = 20_000

interface Props {
  label: string
  /** What is left out of a long one is its beginning: errors are at the end. */
  fromEnd?: boolean
  children: string
}

/** Text that a program or a function gave. A long one is shown in part until the rest is asked for. */
export function Output({ label, fromEnd = false, children }: Props) {
  const [whole, setWhole] = useState(false)
  const isCut = children.length > most && !whole
  const text = isCut ? (fromEnd ? children.slice(-most) : children.slice(0, most)) : children
  return (
    <>
      <pre className={classes.output} tabIndex={0} aria-label={label}>
        {isCut && fromEnd && '…'}
        {text}
        {isCut && !fromEnd && '…'}
      </pre>
      {isCut && (
        <div>
          <Button onClick={() => setWhole(true)}>
            Show all {count(children.length)} characters of the output
          </Button>
        </div>
      )}
    </>
  )
}
