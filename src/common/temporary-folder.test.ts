import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeTemporaryFolder, removeLeftFolders } from './temporary-folder.ts'

const store = JSON.stringify(new URL('../store/data-folder.ts', import.meta.url).href)
const source = JSON.stringify(new URL('./temporary-folder.ts', import.meta.url).href)
/** Makes a folder, prints its path, and waits to be killed. */
const program = `
  import { makeTemporaryFolder } from ${source}
  console.log(await makeTemporaryFolder('zygote'))
  setInterval(() => {}, 1000)
`

async function folderOfOther() {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  return {
    path: String(line).trim(),
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'close')
    },
  }
}

test('folders of killed processes are removed, those of living ones and of strangers stay', async () => {
  const own = await makeTemporaryFolder('canary')
  const stranger = mkdtempSync(join(tmpdir(), 'threadmill-zygote-of-somebody-else-'))
  const [dead, living] = [await folderOfOther(), await folderOfOther()]
  await dead.kill()
  await removeLeftFolders()
  assert.deepEqual(
    [dead.path, living.path, own, stranger].map((path) => existsSync(path)),
    [false, true, true, true],
  )
  await living.kill()
  await removeLeftFolders()
  assert.ok(!existsSync(living.path))
  for (const path of [own, stranger]) rmSync(path, { recursive: true })
})

test('so is what a command that only reads has left when it was killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { openToRead } from ${store}
       console.log((await openToRead({ dataDir: ${JSON.stringify(folder)}, filesUrl: '', database: undefined })).workFolder)
       setInterval(() => {}, 1000)`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  const path = String(line).trim()
  assert.ok(existsSync(path))
  child.kill('SIGKILL')
  await once(child, 'close')
  await removeLeftFolders()
  assert.ok(!existsSync(path))
  rmSync(folder, { recursive: true })
})

test('a temporary folder that is missing is named, with what to do', async () => {
  const before = process.env['TMPDIR']
  const missing = join(tmpdir(), 'threadmill-no-such-folder')
  process.env['TMPDIR'] = missing
  try {
    await assert.rejects(makeTemporaryFolder('canary'), {
      message: `nothing can be written in the temporary folder ${missing} (ENOENT): make it and let the user of this process write there, or set TMPDIR to another folder`,
    })
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
})
