import { pipeline } from 'node:stream'
import { z } from 'zod'
import type { KernelProcess } from '../kernel/kernel-process.ts'
import { SandboxUnavailable } from '../sandbox.ts'
import { containerBody, type ContainerProgram } from './container-body.ts'
import type { EngineClient } from './engine-client.ts'
import { demultiplexed } from './multiplexed.ts'

const complaintKept = 4096
const created = z.object({ Id: z.string().regex(/^\w+$/) })

/**
 * Creates a container, connects to its streams and starts it. The container ends when the connection does. It is
 * removed by `kill`, or by the engine when it ends. Throws SandboxUnavailable.
 */
export async function openContainer(
  engine: EngineClient,
  program: ContainerProgram,
  owner: string,
): Promise<KernelProcess> {
  let id: string | undefined
  using connections = new DisposableStack()
  // The engine would keep a container that never ran.
  const remove = async () => {
    if (id !== undefined)
      await engine.delete(`/containers/${id}`, { force: 'true', v: 'true' }).catch(() => {})
  }
  try {
    ;({ Id: id } = await engine.post('/containers/create', created, containerBody(program, owner)))
    const path = `/containers/${id}`
    const streams = { stream: '1', stdin: '1', stdout: '1', stderr: '1' }
    const socket = await engine.hijack(`${path}/attach`, streams)
    connections.defer(() => void socket.destroy())
    let complaint = ''
    const output = demultiplexed((text) => (complaint = (complaint + text).slice(-complaintKept)))
    socket.on('error', () => {})
    pipeline(socket, output, () => {})

    let reason: 'memory' | undefined
    const filters = JSON.stringify({ container: [id], event: ['oom'] })
    const outOfMemory = await engine.follow('GET', '/events', { filters })
    connections.defer(() => void outOfMemory.destroy())
    outOfMemory.on('data', () => (reason = 'memory'))
    const removed = await engine.follow('POST', `${path}/wait`, { condition: 'removed' })
    connections.defer(() => void removed.destroy())
    const ended = Promise.withResolvers<'memory' | undefined>()
    removed.resume().on('close', () => {
      outOfMemory.destroy()
      ended.resolve(reason)
    })
    await engine.post(`${path}/start`, z.unknown())

    connections.move()
    let killed = false
    return {
      input: socket,
      output,
      // The engine limits the memory of the container, so no process is watched from here.
      pid: 0,
      complaint: () => complaint.trim(),
      kill() {
        if (killed) return
        killed = true
        // An engine that does not answer cannot be told to kill. The container then ends with its connection.
        socket.destroy()
        void remove().then(() => removed.destroy())
      },
      ended: ended.promise,
    }
  } catch (error) {
    await remove()
    throw new SandboxUnavailable(`no container could be started: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
