import { useQuery } from '@tanstack/react-query'
import { useClient } from '../api/client.ts'
import { fileQuery } from '../api/files.ts'
import { shorten } from './Identifier.tsx'

/** The name of a file that is known by its id. The id stands in its place until the name is there, or when it is gone. */
export function FileName({ id }: { id: string }) {
  const { data } = useQuery(fileQuery(useClient(), id))
  return <KnownFileName id={id} name={data?.filename} />
}

/** The same where a list has said the name. */
export const KnownFileName = ({ id, name }: { id: string; name: string | null | undefined }) => (
  <bdi title={name ?? id}>{name ?? shorten(id)}</bdi>
)
