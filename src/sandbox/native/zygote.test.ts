import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { defaultSandboxLimits } from '../default-limits.ts'
import { startZygote } from './zygote.ts'

test('what packages print when they are imported is not taken for the protocol', async (t) => {
  const path = await mkdtemp(join(tmpdir(), 'prints-'))
  t.after(() => rm(path, { recursive: true }))
  const python = join(path, 'python3')
  await writeFile(python, '#!/bin/sh\necho Hello from a package; echo null; echo no Python >&2\n')
  await chmod(python, 0o755)
  const start = startZygote({
    engine: 'python',
    interpreter: { path: python, version: '3.14.0', packages: {}, folders: [] },
    folder: { path, fonts: path },
    limits: defaultSandboxLimits,
    uid: undefined,
  })
  await assert.rejects(start, /the fork server ended: no Python/)
})
