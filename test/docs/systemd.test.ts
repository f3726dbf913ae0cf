import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { allBlocks, place } from './blocks.ts'

const units = allBlocks('ini').filter(({ text }) => text.startsWith('[Unit]'))

test('a unit of systemd is in the docs', () => assert.ok(units.length > 0))

for (const unit of units) {
  test(`${place(unit)}: systemd finds nothing wrong with the unit`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'threadmill-docs-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'threadmill.service')
    // The program is where npm would have put it.
    writeFileSync(file, unit.text.replace('/usr/local/bin/threadmill', process.execPath))
    const verified = await promisify(execFile)('systemd-analyze', ['verify', '--man=no', file]).catch(
      (error: NodeJS.ErrnoException & { stderr?: string }) => error,
    )
    if ((verified as NodeJS.ErrnoException).code === 'ENOENT')
      return t.skip('there is no systemd-analyze here')
    // Units of this machine, which it looks at as well, may have faults of their own.
    const said = (verified.stderr ?? '')
      .split('\n')
      .filter((line) => line.includes(file) || line.startsWith('threadmill'))
    assert.deepEqual(said, [])
  })
}
