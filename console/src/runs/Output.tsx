import { Button } from '@mantine/core'
import { useState } from 'react'
import { count } from '../parts/quantities.ts'
import classes from './Calls.module.css'

const most = 20_000

/** Text that a program or a function gave. A long one is shown in part until the rest is asked for. */
export function Output({ label, children }: { label: string; children: string }) {
  const [whole, setWhole] = useState(false)
  const isCut = children.length > most && !whole
  return (
    <>
      <pre className={classes.output} tabIndex={0} aria-label={label}>
        {isCut ? children.slice(0, most) : children}
      </pre>
      {isCut && (
        <div>
          <Button onClick={() => setWhole(true)}>Show all {count(children.length)} characters</Button>
        </div>
      )}
    </>
  )
}
