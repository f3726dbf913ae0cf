import { basename } from 'node:path'
import { z } from 'zod'
import { SandboxUnavailable, type Isolation } from '../sandbox.ts'
import type { DockerSettings } from '../settings.ts'
import { label } from './container-body.ts'
import { connectEngine, EngineError, type EngineClient } from './engine-client.ts'

/** An engine that has the image and the runtime, and that can enforce the limits of a container. */
export interface DockerEngine {
  client: EngineClient
  /** The id of the image. */
  image: string
  runtime?: string
  isolation: Isolation
  /** The release of the kernel that the engine runs on. */
  kernel: string
}

const systemInfo = z.object({
  OSType: z.string(),
  KernelVersion: z.string(),
  SystemTime: z.string(),
  MemoryLimit: z.boolean(),
  PidsLimit: z.boolean(),
  DefaultRuntime: z.string(),
  Runtimes: z.record(
    z.string(),
    z.object({ path: z.string().optional(), runtimeType: z.string().optional() }),
  ),
})
type SystemInfo = z.infer<typeof systemInfo>

const imageInfo = z.object({
  Id: z.string(),
  Config: z.object({ Volumes: z.record(z.string(), z.unknown()).nullish() }).nullish(),
})

/** Throws SandboxUnavailable with what the operator has to do. */
export async function openEngine({
  image,
  runtime,
  socket = '/var/run/docker.sock',
}: DockerSettings): Promise<DockerEngine> {
  try {
    const client = await connectEngine(socket)
    const info = await client.get('/info', systemInfo)
    if (info.OSType !== 'linux')
      throw new SandboxUnavailable(`its containers are ${info.OSType}'s, not Linux's`)
    // Without a control group the engine ignores limits and only warns about it.
    if (!info.MemoryLimit || !info.PidsLimit) {
      throw new SandboxUnavailable('the Docker engine cannot limit memory and processes on its machine')
    }
    const isolation = isolationOf(info, runtime)
    const { Id } = await findImage(client, image)
    await removeForgotten(client, new Date(info.SystemTime))
    return {
      client,
      image: Id,
      ...(runtime !== undefined && { runtime }),
      isolation,
      kernel: info.KernelVersion,
    }
  } catch (error) {
    if (error instanceof EngineError) throw new SandboxUnavailable(error.message, { cause: error })
    throw error
  }
}

/** Looks at the program behind the name of the runtime, because the name can be anything. */
function isolationOf({ Runtimes, DefaultRuntime }: SystemInfo, wanted: string | undefined): Isolation {
  const name = wanted ?? DefaultRuntime
  const runtime = Runtimes[name]
  if (wanted !== undefined && !runtime) {
    const known = Object.keys(Runtimes).join(', ')
    throw new SandboxUnavailable(`the Docker engine has no runtime "${wanted}"; it has ${known}`)
  }
  const program = basename(runtime?.path ?? '') || runtime?.runtimeType || name
  if (program.includes('runsc')) return 'gVisor'
  return program.includes('kata') ? 'virtual machine' : 'container'
}

/** Never pulls an image: only images that the operator has put there may run. */
async function findImage(client: EngineClient, image: string): Promise<z.infer<typeof imageInfo>> {
  const name = image.split('/').map(encodeURIComponent).join('/')
  const found = await client.get(`/images/${name}/json`, imageInfo).catch((error: EngineError) => {
    if (error.status !== 404) throw error
    throw new SandboxUnavailable(`the Docker engine does not have the image; run: docker pull ${image}`)
  })
  const volumes = Object.keys(found.Config?.Volumes ?? {})
  if (volumes.length > 0) {
    throw new SandboxUnavailable(
      `the image ${image} has volumes (${volumes.join(', ')}), which nothing limits`,
    )
  }
  return found
}

const containers = z.array(z.object({ Id: z.string(), Created: z.number() }))
const forgottenMs = 600_000

/**
 * Removes containers whose server ended after it created them and before it started them. Running containers end with
 * their server, and the containers of other servers are left alone.
 */
async function removeForgotten(client: EngineClient, now: Date): Promise<void> {
  const found = await listContainers(client, { label: [label], status: ['created'] })
  for (const { Id, Created } of found) {
    if (now.getTime() - 1000 * Created > forgottenMs) await client.delete(`/containers/${Id}`, { v: 'true' })
  }
}

/** Removes the containers of this server, whether they run or not. */
export async function removeContainers(client: EngineClient, owner: string): Promise<void> {
  const found = await listContainers(client, { label: [`${label}=${owner}`] })
  await Promise.all(found.map(({ Id }) => client.delete(`/containers/${Id}`, { force: 'true', v: 'true' })))
}

const listContainers = (client: EngineClient, filters: Record<string, string[]>) =>
  client.get('/containers/json', containers, { all: 'true', filters: JSON.stringify(filters) })
