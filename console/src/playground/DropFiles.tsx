import '@mantine/dropzone/styles.css'
import { Text } from '@mantine/core'
import { Dropzone } from '@mantine/dropzone'

/** Covers the page while files are dragged over it. */
export const DropFiles = ({ onDrop }: { onDrop: (files: File[]) => void }) => (
  <Dropzone.FullScreen withinPortal={false} onDrop={onDrop} aria-label="Attach files" tabIndex={-1}>
    <Text fz="lg" ta="center" mt="20vh">
      Drop the files to attach them
    </Text>
  </Dropzone.FullScreen>
)
