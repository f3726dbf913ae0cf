import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { testPython } from '../../../test/python.ts'
import { place } from '../../../test/security/pairs.ts'
import { withinHardLimits } from './hard-limits.ts'

test('no limit is higher than what the server itself may have', () => {
  const folder = mkdtempSync(join(tmpdir(), 'limits-'))
  const file = join(folder, 'limits')
  writeFileSync(
    file,
    'Limit                     Soft Limit           Hard Limit           Units     \n' +
      'Max cpu time              unlimited            unlimited            seconds   \n' +
      'Max file size             1000                 2000                 bytes     \n' +
      'Max open files            100                  200                  files     \n',
  )
  try {
    assert.deepEqual(withinHardLimits({ nofile: 256, fsize: 1500, cpu: 7, nproc: 64 }, file), {
      nofile: 200,
      fsize: 1500,
      cpu: 7,
      nproc: 64,
    })
    assert.deepEqual(withinHardLimits({ nofile: 256 }, '/nowhere'), { nofile: 256 })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

/** The pairs whose self-test passes in a server that was started with these limits. */
async function pairsUnder(limits: string, engine: string): Promise<string[]> {
  const code = `
    import { findSandboxCandidates } from ${JSON.stringify(new URL('../find-candidates.ts', import.meta.url).href)}
    const { providers } = await findSandboxCandidates(JSON.parse(process.argv[1]), '${engine}')
    const found = []
    for (const provider of providers) {
      const { ok } = await provider.probe(new AbortController().signal)
      if (ok) found.push(provider.id)
      await provider.close?.()
    }
    console.log(JSON.stringify(found))`
  const own = { ...place, groups: undefined, pythonDir: await testPython() }
  const { stdout } = await promisify(execFile)('/bin/sh', [
    '-c',
    `${limits} && exec "$@"`,
    'sh',
    process.execPath,
    '--input-type=module',
    '-e',
    code,
    JSON.stringify(own),
  ])
  return JSON.parse(stdout)
}

const isLinux = process.platform === 'linux'

/** Those of each engine without limits of its own, which every comparison needs and one self-test tells. */
const usual = new Map<string, Promise<string[]>>()
function usualPairs(engine: string): Promise<string[]> {
  // Landlock is left out because its sessions need a high descriptor for their folder.
  const found =
    usual.get(engine) ??
    pairsUnder('true', engine).then((ids) => ids.filter((id) => !id.endsWith('+landlock')))
  usual.set(engine, found)
  return found
}

for (const limits of ['ulimit -n 200', 'ulimit -n 230 && ulimit -c 0 && ulimit -t 600']) {
  test(
    `a server under ${limits} has the pairs that it has without`,
    { skip: !isLinux && 'only Linux has these limits' },
    async () => {
      for (const engine of ['python', 'pyodide']) {
        assert.deepEqual(await pairsUnder(limits, engine), await usualPairs(engine))
      }
    },
  )
}
