import { ActionIcon, Button, Group, Progress, Text, Tooltip } from '@mantine/core'
import { CheckIcon, Cross2Icon, UpdateIcon } from '@radix-ui/react-icons'
import { whyRefused } from '../api/uploads.ts'
import { bytes, count } from './quantities.ts'
import type { Upload } from './use-uploads.ts'
import classes from './UploadList.module.css'

interface Props {
  uploads: Upload[]
  onRetry: (key: number) => void
  onStop: (key: number) => void
  onClear: () => void
}

/** How far the uploads are: all of them in one line, and each that is being sent or has failed. */
export function UploadList({ uploads, onRetry, onStop, onClear }: Props) {
  if (uploads.length === 0) return undefined
  const of = (state: Upload['state']) => uploads.filter((one) => one.state === state)
  const failed = of('failed')
  const done = of('done').length
  const isBusy = done + failed.length < uploads.length
  const total = uploads.reduce((sum, { file }) => sum + file.size, 0)
  const sent = uploads.reduce((sum, { file, share }) => sum + file.size * share, 0)
  return (
    <section className={classes.list} aria-label="Uploads">
      <Group justify="space-between" gap="sm" mih={30}>
        <Text fz="sm" component="output">
          {count(done)} of {count(uploads.length)} uploaded
          {isBusy && ` · ${bytes(sent)} of ${bytes(total)}`}
          {failed.length > 0 && ` · ${count(failed.length)} failed`}
        </Text>
        {!isBusy && <Button onClick={onClear}>Clear</Button>}
      </Group>
      {isBusy && <Progress value={total > 0 ? (sent / total) * 100 : 0} size="xs" aria-label="All uploads" />}
      <ul>
        {[...of('sending'), ...failed.slice(0, 50)].map((upload) => (
          <UploadLine
            key={upload.key}
            upload={upload}
            {...(!whyRefused(upload.file) && { onRetry: () => onRetry(upload.key) })}
            onStop={() => onStop(upload.key)}
          />
        ))}
        {failed.length === 0 && !isBusy && done === 1 && <UploadLine upload={uploads[0]!} />}
      </ul>
    </section>
  )
}

interface LineProps {
  upload: Upload
  onRetry?: () => void
  onStop?: () => void
}

function UploadLine({ upload, onRetry, onStop }: LineProps) {
  const { file, state, share, reason } = upload
  return (
    <li className={classes.line} data-state={state}>
      <span className={classes.name} title={file.name}>
        {file.name}
      </span>
      <Text fz="xs" c="dimmed" component="span">
        {bytes(file.size)}
      </Text>
      {state === 'sending' && <span>{share < 1 ? `${Math.floor(share * 100)} %` : 'being stored'}</span>}
      {state === 'sending' && onStop && (
        <Tooltip label="Stop">
          <ActionIcon size={22} aria-label={`Stop ${file.name}`} onClick={onStop}>
            <Cross2Icon />
          </ActionIcon>
        </Tooltip>
      )}
      {state === 'done' && <CheckIcon aria-label="uploaded" />}
      {state === 'failed' && (
        <span className={classes.failed}>
          <Cross2Icon aria-hidden /> {reason}
        </span>
      )}
      {state === 'failed' && onRetry && (
        <Tooltip label="Try again">
          <ActionIcon size={22} aria-label={`Try ${file.name} again`} onClick={onRetry}>
            <UpdateIcon />
          </ActionIcon>
        </Tooltip>
      )}
    </li>
  )
}
