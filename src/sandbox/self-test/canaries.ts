import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmod, chown, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import { findProgram } from '../launchers/launcher.ts'
import { makeTemporaryFolder } from '../../common/temporary-folder.ts'

/** What the code in the sandbox is told, so that it can attack it. */
export interface Traps {
  tcpPort: number
  udpPort: number
  /** The name of a unix socket in the abstract namespace (Linux), without its leading zero byte. */
  abstractName: string
  /** The path of a unix socket in the folder. */
  socket: string
  /** Both belong to the user of the sandbox. */
  folder: string
  file: string
  /** A process of the user of the sandbox. Its environment contains the secret. */
  victimPid: number
}

export interface Canaries extends AsyncDisposable {
  traps: Traps
  /** What has been reached so far, in words. `said` is all output of the sandbox. */
  leaks(said: string): Promise<string[]>
}

/**
 * Makes the files, sockets and processes that must not be reached. They belong to the user whose rights the sandbox
 * would need to reach them. The ports are on `address`: loopback, which no one else uses by accident, or all addresses
 * of this machine.
 */
export async function placeCanaries(
  node: string,
  uid: number | undefined,
  address: '127.0.0.1' | '0.0.0.0' = '127.0.0.1',
): Promise<Canaries> {
  await using undo = new AsyncDisposableStack()
  const secret = randomBytes(12).toString('hex')
  const contacts = new Set<string>()
  const folder = await makeTemporaryFolder('canary')
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'secret.txt')
  await writeFile(file, secret)
  await chmod(folder, 0o755)
  if (uid !== undefined) await Promise.all([folder, file].map((path) => chown(path, uid, uid)))

  const note =
    (what: string) => (socket: { destroy(): void; on(event: 'error', listener: () => void): void }) => {
      contacts.add(what)
      socket.on('error', () => {})
      socket.destroy()
    }
  const tcp = createServer(note('a TCP port of this machine'))
  await listening(tcp, () => tcp.listen(0, address))
  undo.defer(() => void tcp.close())
  const socket = join(folder, 'socket')
  if (process.platform !== 'win32') {
    const unix = createServer(note('a unix socket of the same user'))
    await listening(unix, () => unix.listen(socket))
    undo.defer(() => void unix.close())
    if (uid !== undefined) await chown(socket, uid, uid)
  }
  // The names that the sandbox is told must not contain the secret.
  const abstractName = `canary-${randomBytes(12).toString('hex')}`
  if (process.platform === 'linux') {
    const abstract = createServer(note('a unix socket of this machine'))
    await listening(abstract, () => abstract.listen(`\0${abstractName}`))
    undo.defer(() => void abstract.close())
  }
  const udp = createSocket('udp4').on('message', () => contacts.add('a UDP port of this machine'))
  udp.bind(0, address)
  await once(udp, 'listening')
  undo.defer(() => void udp.close())
  const victim = await startVictim(node, secret, uid)
  undo.defer(() => void victim.kill('SIGKILL'))
  const laidNames = await readdir(folder)
  const laid = undo.move()

  return {
    traps: {
      tcpPort: (tcp.address() as AddressInfo).port,
      udpPort: udp.address().port,
      abstractName,
      socket,
      folder,
      file,
      victimPid: victim.pid ?? 0,
    },
    async leaks(said) {
      const found = [...contacts]
      if (said.includes(secret)) found.push('a secret of the same user')
      if (victim.exitCode !== null || victim.signalCode !== null) found.push('a process of the same user')
      const untouched =
        (await readFile(file, 'utf8')) === secret && (await readdir(folder)).length === laidNames.length
      if (!untouched) found.push('a folder of the same user')
      return found
    },
    [Symbol.asyncDispose]: () => laid.disposeAsync(),
  }
}

async function listening(server: Server, listen: () => void): Promise<void> {
  const done = once(server, 'listening')
  listen()
  await done
}

/** The process waits for the end of its input, so it ends when this process ends for any reason. */
async function startVictim(node: string, secret: string, uid: number | undefined): Promise<ChildProcess> {
  const cat = findProgram('cat')
  // Node may be in a folder that the user of the sandbox cannot enter.
  const [file, args] = cat ? [cat, []] : [node, ['-e', 'process.stdin.resume()']]
  const victim = spawn(file, args, {
    env: { CANARY: secret },
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    ...(uid !== undefined && { uid, gid: uid }),
  })
  await once(victim, 'spawn')
  victim.stdin!.on('error', () => {})
  victim.unref()
  return victim
}
