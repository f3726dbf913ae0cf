import { queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { Container, ContainerFile } from '../../../src/contract/responses/containers.ts'
import { save } from './files.ts'

export type { Container, ContainerFile }

export const containerPath = (id: string) => `/containers/${encodeURIComponent(id)}`

export const containerQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['/containers', 'one', id],
    queryFn: ({ signal }) => client.get<Container>(containerPath(id), { signal }),
  })

export type FileOfContainer = Pick<ContainerFile, 'container_id' | 'id'>

export const filePath = ({ container_id, id }: FileOfContainer) =>
  `${containerPath(container_id)}/files/${encodeURIComponent(id)}`

/** The name of a file in its container. */
export const nameOfFile = ({ path }: Pick<ContainerFile, 'path'>) => path.slice(path.lastIndexOf('/') + 1)

/** Saves a file of a container as a download: it is never opened as a page of this origin. */
export async function downloadContainerFile(client: OpenAI, file: FileOfContainer, name: string) {
  const answer = await client.get(`${filePath(file)}/content`).asResponse()
  save(new Blob([await answer.arrayBuffer()], { type: 'application/octet-stream' }), name)
}

/** The bytes of a file of a container. */
export const containerFileContentQuery = (client: OpenAI, file: FileOfContainer) =>
  queryOptions({
    queryKey: ['/containers', 'content', file.container_id, file.id],
    queryFn: async ({ signal }) =>
      (await client.get(`${filePath(file)}/content`, { signal }).asResponse()).blob(),
    staleTime: Infinity,
    gcTime: 60_000,
  })
