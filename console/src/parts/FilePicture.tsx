import { Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { useClient } from '../api/client.ts'
import { fileContentQuery } from '../api/files.ts'
import { FileLink } from './FileLink.tsx'
import classes from './FilePicture.module.css'

/** A picture that is a file of the server, fetched with the key. */
export function FilePicture({ fileId, alt }: { fileId: string; alt: string }) {
  const { data, error } = useQuery(fileContentQuery(useClient(), fileId))
  const show = useCallback(
    (picture: HTMLImageElement) => {
      if (!data) return
      picture.src = URL.createObjectURL(data)
      return () => URL.revokeObjectURL(picture.src)
    },
    [data],
  )
  if (error)
    return (
      <Text fz="xs" c="dimmed">
        The picture {fileId} cannot be shown: {error.message}
      </Text>
    )
  if (!data) return <Skeleton className={classes.loading} />
  return (
    <FileLink fileId={fileId}>
      <img ref={show} className={classes.picture} alt={alt} title="Download" />
    </FileLink>
  )
}
