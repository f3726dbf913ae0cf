import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeTemporaryFolder, removeLeftFolders } from './temporary-folder.ts'

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
