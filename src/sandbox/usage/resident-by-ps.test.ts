import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { residentByPs } from './resident-by-ps.ts'

/** What `ps` of macOS prints: kilobytes with leading spaces. */
const answers: Record<string, [script: string, bytes: number]> = {
  'kilobytes of a process': ['[ "$*" = "-o rss= -p 4711" ] && echo "  20480"', 20_480 * 1024],
  'nothing of one that has ended': ['exit 1', 0],
  'something else': ['echo "no such option"', 0],
}

for (const [what, [script, bytes]] of Object.entries(answers)) {
  test(`ps tells ${what}`, async () => {
    const place = await mkdtemp(join(tmpdir(), 'ps-'))
    try {
      const ps = join(place, 'ps')
      await writeFile(ps, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
      assert.equal(await residentByPs(4711, ps), bytes)
    } finally {
      await rm(place, { recursive: true })
    }
  })
}

test('without a ps nothing is known', async () => {
  assert.equal(await residentByPs(process.pid, '/nowhere/ps'), 0)
})
