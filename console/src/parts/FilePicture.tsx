import { Skeleton, Text } from '@mantine/core'
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useCallback, type ReactNode } from 'react'
import { useClient } from '../api/client.ts'
import { containerFileContentQuery, type FileOfContainer } from '../api/containers.ts'
import { fileContentQuery } from '../api/files.ts'
import { ContainerFileLink } from './ContainerFileLink.tsx'
import { FileLink } from './FileLink.tsx'
import classes from './FilePicture.module.css'

/** A picture that is a file of the server, fetched with the key. */
export const FilePicture = ({ fileId, alt }: { fileId: string; alt: string }) => (
  <Fetched
    content={useQuery(fileContentQuery(useClient(), fileId))}
    id={fileId}
    alt={alt}
    link={(picture) => <FileLink fileId={fileId}>{picture}</FileLink>}
  />
)

/** The same of a file of a container, which may have expired. */
export const ContainerPicture = ({ file, name }: { file: FileOfContainer; name: string }) => (
  <Fetched
    content={useQuery(containerFileContentQuery(useClient(), file))}
    id={name}
    alt={name}
    link={(picture) => (
      <ContainerFileLink file={file} name={name}>
        {picture}
      </ContainerFileLink>
    )}
  />
)

interface Props {
  content: UseQueryResult<Blob>
  /** What it is called where it cannot be shown. */
  id: string
  alt: string
  /** Makes the picture a link that downloads it. */
  link: (picture: ReactNode) => ReactNode
}

function Fetched({ content: { data, error }, id, alt, link }: Props) {
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
        The picture {id} cannot be shown: {error.message}
      </Text>
    )
  if (!data) return <Skeleton className={classes.loading} />
  return link(<img ref={show} className={classes.picture} alt={alt} title="Download" />)
}
