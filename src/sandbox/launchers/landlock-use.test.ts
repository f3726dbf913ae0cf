import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { pythonSources } from '../lay-folder.ts'
import { findProgram } from './launcher.ts'

const python = findProgram('python3')

test(
  'a folder that is exchanged for a file hides nothing of what is beside it',
  { skip: !python },
  async (t) => {
    const said = await counted(
      t,
      `os.mkdir('flips')
for number in range(40): open(f'{number}', 'w').close()
open_folder = use.open_folder
def exchanged(name, at=None):
    if name == 'flips':
        os.rmdir(name, dir_fd=at)
        open(name, 'w').close()
    return open_folder(name, at)
use.open_folder = exchanged`,
    )
    assert.equal(said, '41')
  },
)

/** How many entries the supervisor counts in a folder that this Python has laid. */
async function counted(t: TestContext, lay: string): Promise<string> {
  const place = mkdtempSync(join(tmpdir(), 'counted-'))
  t.after(() => rmSync(place, { recursive: true }))
  for (const [name, text] of await pythonSources(['landlock_folder.py', 'landlock_use.py']))
    writeFileSync(join(place, `_${name}`), text)
  const program = `import os, sys
sys.path.append(os.getcwd())
import _landlock_use as use
os.mkdir('files')
os.chdir('files')
${lay}
files = use.Files(1 << 30, 1000)
files.add_folder('.')
print(1000 - files._entries)`
  return execFileSync(python!, ['-I', '-B', '-c', program], { cwd: place, encoding: 'utf8' }).trim()
}
