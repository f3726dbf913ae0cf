import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { CheckIcon, CopyIcon } from '@radix-ui/react-icons'
import classes from './JsonView.module.css'

/** A value as JSON, to be read and copied. */
export function JsonView({ value }: { value: unknown }) {
  const text = JSON.stringify(value, null, 2)
  return (
    <div className={classes.frame}>
      <pre className={classes.json} tabIndex={0} aria-label="JSON">
        {text}
      </pre>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : 'Copy'}>
            <ActionIcon className={classes.copy} aria-label="Copy the JSON" onClick={copy}>
              {copied ? <CheckIcon /> : <CopyIcon />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </div>
  )
}
