import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from '../runs.ts'
import { apiKey, call, json, listening, spawnProgram, temporaryFolder, withoutDiscovery } from './child.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
/** A small disk that only the program sees. */
const onSmallDisk = ['--map-root-user', '--mount', 'sh', '-c']
const { status } = spawnSync('unshare', [...onSmallDisk, 'mount -t tmpfs tmpfs /mnt'])

test(
  'a server whose disk is full says so to load balancers, and that it works again when there is room',
  { skip: status !== 0 && 'this system lets nobody mount a small disk (unshare)' },
  async () => {
    using folder = temporaryFolder()
    const mount = `mount -t tmpfs -o size=32m tmpfs '${folder.path}' && exec '${process.execPath}' '${main}'`
    await using server = spawnProgram('unshare', [...onSmallDisk, mount], {
      THREADMILL_PORT: '0',
      THREADMILL_DATA_DIR: folder.path,
      THREADMILL_API_KEY: apiKey,
      THREADMILL_CODE_INTERPRETER: 'off',
      THREADMILL_CONFIG: withoutDiscovery,
    })
    const url = await listening(server)
    const health = async () => {
      const response = await fetch(`${url}/health`)
      return [response.status, await json(response)]
    }
    assert.deepEqual(await health(), [200, { status: 'ok' }])

    const ballast = join(`/proc/${server.pid}/root`, folder.path, 'ballast')
    fill(ballast)
    assert.deepEqual(await until(async () => (await health())[0] === 503 && (await health())), [
      503,
      { status: 'failing' },
    ])
    assert.match(server.stderr, /"fact":"writes do not reach the disk"/)
    const file = new FormData()
    file.set('purpose', 'assistants')
    file.set('file', new Blob(['x'.repeat(2 ** 20)]), 'large.txt')
    const uploaded = await call(`${url}/v1/files`, 'POST', file)
    assert.equal(uploaded.status, 507)
    const { error } = await json(uploaded)
    assert.equal(error.type, 'server_error')
    assert.equal(error.code, 'disk_full')
    assert.match(error.message, /^The disk of this server is full/)

    rmSync(ballast)
    await until(async () => (await health())[0] === 200)
    assert.match(server.stderr, /"fact":"writes reach the disk again"/)
  },
)

/** Writes until nothing more fits. */
function fill(path: string): void {
  const file = openSync(path, 'w')
  for (const piece of [Buffer.alloc(65_536), Buffer.alloc(1_024)]) {
    try {
      while (writeSync(file, piece) > 0) {
        // It throws when the disk is full.
      }
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'ENOSPC')
    }
  }
  closeSync(file)
}

test(
  'doctor fails where the disk has less than 100 MB left, and counts in MB',
  { skip: status !== 0 && 'this system lets nobody mount a small disk (unshare)' },
  async () => {
    using folder = temporaryFolder()
    const look = `'${process.execPath}' '${main}' doctor --port 1`
    const mount = `mount -t tmpfs -o size=32m tmpfs '${folder.path}' && exec ${look}`
    await using doctor = spawnProgram('unshare', [...onSmallDisk, mount], {
      THREADMILL_DATA_DIR: folder.path,
      THREADMILL_CODE_INTERPRETER: 'off',
      THREADMILL_CONFIG: withoutDiscovery,
    })
    assert.deepEqual(await doctor.exited, { code: 1, signal: null })
    assert.match(doctor.stdout, /fail {2}Data folder .*, 3\d MB free: too little to work with, make room\n/)
  },
)
