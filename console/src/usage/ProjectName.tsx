import { useQuery } from '@tanstack/react-query'
import { useClient } from '../api/client.ts'
import { projectQuery } from '../api/projects.ts'
import { shorten } from '../parts/Identifier.tsx'

/** The name of a project, which an admin key sees, or its id. */
export function ProjectName({ id }: { id: string }) {
  const { data } = useQuery(projectQuery(useClient(), id))
  return <bdi title={id}>{data?.name ?? shorten(id)}</bdi>
}
