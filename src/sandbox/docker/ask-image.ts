import { z } from 'zod'
import { question, type Interpreter } from '../native/interpreter.ts'
import { SandboxUnavailable } from '../sandbox.ts'
import type { ContainerProgram } from './container-body.ts'
import type { DockerEngine } from './docker-engine.ts'
import { openContainer } from './open-container.ts'

const answer = z.tuple([
  z.object({ version: z.string(), packages: z.record(z.string(), z.string()) }),
  z.object({ machine: z.string(), release: z.string() }),
])

const more = `
uname = os.uname()
print(json.dumps({'machine': uname.machine, 'release': uname.release}))
`
const timeoutMs = 60_000
const maxOutputLength = 1 << 16

/**
 * The Python of the image and the machine that it runs on, named as Node does where Node has a name. Throws
 * SandboxUnavailable.
 */
export async function askImage(
  { client, kernel, isolation }: DockerEngine,
  program: Omit<ContainerProgram, 'args'>,
  owner: string,
): Promise<{ interpreter: Interpreter; machine: string }> {
  const container = await openContainer(client, { ...program, args: ['-I', '-c', question + more] }, owner)
  const timer = setTimeout(() => container.kill(), timeoutMs)
  let said = ''
  try {
    for await (const chunk of container.output) {
      said += String(chunk)
      if (said.length > maxOutputLength) break
    }
  } catch {
    // The container was killed or the engine has gone, so the answer may be incomplete.
  } finally {
    clearTimeout(timer)
    container.kill()
    await container.ended
  }
  const lines = said.trim().split('\n').map(parse)
  const { data, success } = answer.safeParse(lines)
  if (!success) {
    const why = container.complaint().slice(-300) || 'it says nothing about itself'
    throw new SandboxUnavailable(`the image's python3 cannot be used: ${why}`)
  }
  const [{ version, packages }, { machine, release }] = data
  // A runtime that the settings of the engine call gVisor or Kata may be anything.
  if (isolation !== 'container' && release === kernel) {
    throw new SandboxUnavailable(
      'the runtime shows containers the kernel of the machine, so it does not keep it apart',
    )
  }
  const known: Record<string, string> = { x86_64: 'x64', aarch64: 'arm64' }
  return {
    interpreter: { path: 'python3', version, packages, folders: [] },
    machine: known[machine] ?? machine,
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
