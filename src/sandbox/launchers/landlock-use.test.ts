import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { findSandboxCandidates } from '../find-candidates.ts'
import { pythonSources } from '../write-folder.ts'
import { all } from '../../../test/security/all.ts'
import { place } from '../../../test/security/pairs.ts'
import { findProgram } from './launcher.ts'

const python = findProgram('python3')
const [provider] = (await findSandboxCandidates(place, 'python+landlock')).providers
const { ok = false, reason } = (await provider?.probe(new AbortController().signal)) ?? {}

test(
  'a folder that is exchanged for a file hides nothing of what is beside it',
  { skip: !python && 'there is no such Python here' },
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

// A process whose program cannot be read cannot be inspected, and here each process lives for one check at most.
const hide = `import os, shutil, subprocess, sys, time
shutil.copy(os.path.realpath(sys.executable), 'hidden')
os.chmod('hidden', 0o111)
subprocess.run(['./hidden', '-I', '-c', '''
import os, time
kept, end = [], time.monotonic() + 15
while time.monotonic() < end:
    if os.fork(): os._exit(0)
    if len(kept) < 10:
        kept.append(os.open('/mnt/data/x', os.O_CREAT | os.O_RDWR))
        os.unlink('/mnt/data/x')
        os.write(kept[-1], bytes(10 << 20))
    time.sleep(0.05)
'''])
time.sleep(15)`

// When sessions run as the user of the server, they cannot change the mode of files, so this attempt is impossible.
test(
  'deleted files count also where they wander through processes that cannot be looked at',
  { skip: place.uid === undefined || (!ok && `no python+landlock here: ${reason}`) },
  async (t) => {
    const kernel = await provider!.open({})
    t.after(() => kernel.close())
    const outputs = await all(kernel.run(hide, {}))
    assert.match(JSON.stringify(outputs), /"died"/)
  },
)

const inThread = (first: string, last: string) => `import ctypes, os, threading, time
libc = ctypes.CDLL(None)
# Without its first thread a process does not find /mnt/data any more.
folder = os.open('/mnt/data', os.O_RDONLY | os.O_DIRECTORY)
def fill():
    ${first}
    kept = []
    for n in range(8):
        kept.append(os.open(str(n), os.O_CREAT | os.O_RDWR, dir_fd=folder))
        os.unlink(str(n), dir_fd=folder)
        for _ in range(20): os.write(kept[-1], bytes(1 << 20))
    time.sleep(15)
pid = os.fork()
if pid == 0:
    threading.Thread(target=fill).start()
    ${last}
    time.sleep(15)
    os._exit(0)
time.sleep(15)`
const threads = {
  'whose process has lost its first thread': inThread(
    '',
    "libc.syscall(60 if os.uname().machine == 'x86_64' else 93, 0)",
  ),
  // CLOSE_RANGE_UNSHARE, for descriptors that do not exist.
  'that shares its descriptors with none': inThread('libc.syscall(436, 9999, 9999, 2)', ''),
}
for (const [which, program] of Object.entries(threads))
  test(
    `deleted files count that are open in a thread ${which}`,
    { skip: !ok && `no python+landlock here: ${reason}` },
    async (t) => {
      const kernel = await provider!.open({})
      t.after(() => kernel.close())
      assert.match(JSON.stringify(await all(kernel.run(program, {}))), /"died"/)
      assert.deepEqual(await kernel.closed, { reason: 'disk' })
    },
  )

/** How many entries the supervisor counts in a folder that this Python code has made. */
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
