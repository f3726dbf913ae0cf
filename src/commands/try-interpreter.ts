import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { isLoopback } from '../config/network.ts'
import { noLog } from '../common/log.ts'
import { packagesCommand, packagesInWords } from '../sandbox/data-packages.ts'
import { startSandboxes, type SandboxStatus } from '../sandbox/start-sandboxes.ts'
import type { Finding } from './finding.ts'
import type { Health } from './running-server.ts'

/**
 * Chooses the sandbox as the server does, and runs one cell in it. `there` is that of a running server.
 */
export async function tryInterpreter(
  { codeInterpreter: settings, dataDir, host }: Config,
  there: Health['code_interpreter'],
): Promise<Finding> {
  const what = 'Code interpreter'
  const differs = (id: string) => there?.state === 'ready' && there.id !== id
  const note = `the running server has ${there?.id}; with the settings of this shell:`
  if (settings.engine === 'off')
    return { verdict: 'ok', what, lines: [...(differs('off') ? [note] : []), 'switched off'] }
  const sandboxes = startSandboxes({
    ...settings,
    cacheDir: join(dataDir, 'cache'),
    allowWeak: isLoopback(host),
    spares: 0,
    log: noLog,
  })
  try {
    const status = await sandboxes.settled
    const told = sentences(status, packagesCommand(settings.engine))
    const before = differs(status.id) ? [note] : []
    if (status.state !== 'ready') return { verdict: 'fail', what, lines: [...before, 'none', ...told] }
    const began = performance.now()
    const { works, answered } = await sandboxes.sessions.use('doctor', async ({ kernel }) => {
      const opened = performance.now()
      let right = false
      for await (const output of kernel.run('40 + 2', {}))
        right ||= output.type === 'result' && output.data['text/plain'] === '42'
      return { works: right, answered: Math.ceil(performance.now() - opened) }
    })
    const opened = Math.max(0, Math.ceil(performance.now() - began) - answered)
    const worked = works
      ? `answers in ${answered} ms, in a session that was there after ${opened} ms`
      : 'does not answer'
    return {
      verdict: !works ? 'fail' : before.length === 0 && status.warning === undefined ? 'ok' : 'note',
      what,
      lines: [
        ...before,
        `${status.id} (${status.isolation}, limits by ${status.limits}): ${worked}`,
        ...told,
      ],
    }
  } finally {
    await sandboxes.close()
  }
}

function sentences({ id, reason, packages, warning }: SandboxStatus, command: string): string[] {
  const versions = Object.entries(packages ?? {}).map(([name, version]) => `${name} ${version}`)
  return [
    ...(reason === undefined ? [] : reason.split('; ')),
    ...inLines(versions),
    ...(id === 'none' ? [] : [packagesInWords(packages, command)]),
    ...(warning === undefined ? [] : warning.split('\n')),
  ]
}

/** Joins the words with commas, in lines that fit beside the names of the findings. */
function inLines(words: readonly string[]): string[] {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < 90) lines.splice(-1, 1, `${last}, ${word}`)
    else lines.push(word)
  }
  return lines
}
