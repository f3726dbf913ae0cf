import { once } from 'node:events'
import { defaultSandboxLimits } from '../default-limits.ts'
import type { Canaries, Traps } from '../self-test/canaries.ts'
import { spawnKernel } from '../kernel/kernel-process.ts'
import type { Launcher } from './launcher.ts'

/**
 * Tests a launcher alone, with a plain Node program that nothing else restricts. So whatever the program reaches, the
 * launcher does not protect. Returns the leaks. Throws with the message of the launcher when it does not start, and
 * with the reason of the signal when that is aborted.
 */
export async function tryLauncher(
  launcher: Launcher,
  node: string,
  canaries: Canaries,
  { uid, signal }: { uid?: number | undefined; signal?: AbortSignal } = {},
): Promise<string[]> {
  const hidesFiles = launcher.isolation !== 'namespaces, files by permission'
  const command = launcher.wrap({
    argv: [node, '--no-warnings', '-e', script(canaries.traps, hidesFiles)],
    readOnly: [node],
    limits: defaultSandboxLimits,
  })
  const child = await spawnKernel({ ...command, ...(uid !== undefined && { uid }), interrupts: 'line' })
  const kill = () => child.kill()
  const timer = setTimeout(kill, 15_000)
  if (signal?.aborted) kill()
  signal?.addEventListener('abort', kill, { once: true })
  child.input.on('error', () => {})
  child.input.end()
  let said = ''
  child.output.on('data', (chunk: Buffer) => (said += chunk.toString()))
  // This waits for the close of the pipe and not for its end, which does not come while another process holds the pipe.
  await Promise.all([once(child.output, 'close'), child.ended])
  clearTimeout(timer)
  signal?.removeEventListener('abort', kill)
  signal?.throwIfAborted()
  if (!said.includes('tried everything'))
    throw new Error((child.complaint() || 'it did nothing').slice(0, 300))
  return await canaries.leaks(said + child.complaint())
}

/** The attempts on files are included only for launchers that must refuse them. */
function script(traps: Traps, files: boolean): string {
  return `
const fs = require('node:fs'), net = require('node:net'), dgram = require('node:dgram')
const traps = ${JSON.stringify(traps)}
const attempt = (f) => { try { console.log(String(f())) } catch (error) { console.log(error.code) } }
attempt(() => process.kill(traps.victimPid, 'SIGKILL'))
attempt(() => net.connect(traps.tcpPort, '127.0.0.1').on('error', () => {}))
attempt(() => net.connect('\\0' + traps.abstractName).on('error', () => {}))
attempt(() => dgram.createSocket('udp4').on('error', () => {}).send('x', traps.udpPort, '127.0.0.1', () => {}))
attempt(() => fs.readFileSync('/proc/' + traps.victimPid + '/environ', 'latin1'))
attempt(() => JSON.stringify(process.env))
if (${files}) {
  attempt(() => fs.readFileSync(traps.file, 'utf8'))
  attempt(() => fs.writeFileSync(traps.folder + '/new', 'x'))
  attempt(() => fs.appendFileSync(traps.file, 'x'))
}
setTimeout(() => { console.log('tried everything'); process.exit(0) }, 100)
`
}
