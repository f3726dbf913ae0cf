import '@mantine/dropzone/styles.css'
import { Button, Text } from '@mantine/core'
import { Dropzone } from '@mantine/dropzone'
import { UploadIcon } from '@radix-ui/react-icons'
import { useRef } from 'react'
import { largestFile } from '../api/uploads.ts'
import classes from './FileDrop.module.css'

/** A place where files are dropped, with a button to choose them. What is too large is refused by name (see useUploads). */
export function FileDrop({ onFiles }: { onFiles: (files: File[]) => void }) {
  const choose = useRef<() => void>(null)
  return (
    <Dropzone
      className={classes.place}
      openRef={choose}
      onDrop={onFiles}
      onReject={(refused) => onFiles(refused.map(({ file }) => file))}
      activateOnClick={false}
      activateOnKeyboard={false}
      tabIndex={-1}
      inputProps={{ 'aria-label': 'Files' }}
    >
      <UploadIcon aria-hidden />
      <Text fz="sm" component="span">
        Drop files here, or
      </Text>
      <Button onClick={() => choose.current?.()}>Choose files</Button>
      <Text fz="xs" c="dimmed" component="span">
        up to {largestFile / 1024 / 1024} MB each
      </Text>
    </Dropzone>
  )
}
