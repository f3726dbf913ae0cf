import '@mantine/dropzone/styles.css'
import { Text } from '@mantine/core'
import { Dropzone } from '@mantine/dropzone'
import { UploadIcon } from '@radix-ui/react-icons'
import { largestFile } from '../api/files.ts'
import classes from './FileDrop.module.css'

/** A place where files are dropped, or chosen by a click. What is too large is refused by name (see useUploads). */
export function FileDrop({ onFiles }: { onFiles: (files: File[]) => void }) {
  return (
    <Dropzone
      className={classes.place}
      onDrop={onFiles}
      onReject={(refused) => onFiles(refused.map(({ file }) => file))}
      useFsAccessApi={false}
      role="button"
      aria-label="Drop files here, or choose them"
    >
      <UploadIcon aria-hidden />
      <Text fz="sm" component="span">
        Drop files here, or choose them
      </Text>
      <Text fz="xs" c="dimmed" component="span">
        up to {largestFile / 1024 / 1024} MB each
      </Text>
    </Dropzone>
  )
}
