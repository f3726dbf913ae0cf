import { Anchor, Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { DownloadIcon } from '@radix-ui/react-icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import OpenAI from 'openai'
import { Link, useLocation } from 'wouter'
import { useClient } from '../api/client.ts'
import { downloadFile, fileQuery } from '../api/files.ts'
import type { FileObject } from '../api/uploads.ts'
import { DeleteButton } from '../parts/DeleteButton.tsx'
import { Facts } from '../parts/Facts.tsx'
import { Failure } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { NotFound } from '../parts/NotFound.tsx'
import { Page } from '../parts/Page.tsx'
import { bytes, count } from '../parts/quantities.ts'
import { Time } from '../parts/Time.tsx'
import { FilePreview } from './FilePreview.tsx'
import { FileUses } from './FileUses.tsx'

const trail = (
  <Anchor component={Link} to="/" inherit>
    Files
  </Anchor>
)

/** One file: what is known of it, where it is used, and what is in it. */
export function FilePage({ id }: { id: string }) {
  const { data: file, error, refetch } = useQuery(fileQuery(useClient(), id))
  if (error instanceof OpenAI.NotFoundError) return <NotFound what="file" />
  return (
    <Page
      title={file?.filename ?? ' '}
      trail={trail}
      about={<Identifier id={id} />}
      actions={file && <FileActions file={file} />}
    >
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {file && (
        <>
          <Facts facts={factsOf(file)} />
          <FilePreview file={file} />
        </>
      )}
    </Page>
  )
}

const factsOf = (file: FileObject) => ({
  Size: <span title={`${count(file.bytes)} bytes`}>{bytes(file.bytes)}</span>,
  Purpose: file.purpose,
  Uploaded: <Time at={file.created_at} />,
  Expires: file.expires_at ? <Time at={file.expires_at} /> : 'never',
  'Vector stores': <FileUses id={file.id} />,
})

function FileActions({ file }: { file: FileObject }) {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const download = useMutation({
    mutationFn: () => downloadFile(client, file.id),
    onError: (error) =>
      notifications.show({ color: 'red', title: 'The download failed', message: error.message }),
  })
  return (
    <>
      <Button leftSection={<DownloadIcon />} loading={download.isPending} onClick={() => download.mutate()}>
        Download
      </Button>
      <DeleteButton
        says="Delete the file"
        onDelete={async () => {
          await client.files.delete(file.id)
          navigate('/')
          void queries.invalidateQueries({ queryKey: ['/files'] })
        }}
      >
        {file.filename} ({bytes(file.bytes)}) is destroyed, and leaves every vector store that has it.
        Messages that show or cite it keep their text.
      </DeleteButton>
    </>
  )
}
