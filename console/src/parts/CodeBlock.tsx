import { ActionIcon, CopyButton } from '@mantine/core'
import { CheckIcon, CopyIcon } from '@radix-ui/react-icons'
import { useState, type ReactNode } from 'react'
import classes from './Markdown.module.css'

/** Code, which scrolls by itself and can be copied. */
export function CodeBlock({ children, label = 'Code' }: { children: ReactNode; label?: string }) {
  const [element, setElement] = useState<HTMLPreElement | null>(null)
  return (
    <div className={classes.code}>
      <pre ref={setElement} tabIndex={0} aria-label={label}>
        {children}
      </pre>
      <CopyButton value={element?.textContent ?? ''}>
        {({ copied, copy }) => (
          <ActionIcon className={classes.copy} aria-label="Copy the code" title="Copy" onClick={copy}>
            {copied ? <CheckIcon /> : <CopyIcon />}
          </ActionIcon>
        )}
      </CopyButton>
    </div>
  )
}
