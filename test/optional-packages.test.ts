import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  installCommand,
  mcpPackages,
  s3Packages,
  telemetryPackages,
  withoutPackages,
} from '../src/common/optional-packages.ts'

const root = join(import.meta.dirname, '..')
const read = (name: string) => readFileSync(join(root, name), 'utf8')
const kinds = [s3Packages, telemetryPackages, mcpPackages]
const listOf = ({ versions }: typeof s3Packages) =>
  Object.entries(versions).map(([name, version]) => `${name}@${version}`)
const s3 = listOf(s3Packages).join(' ')
const telemetry = listOf(telemetryPackages).join(' ')
const mcp = listOf(mcpPackages).join(' ')
const nothing = () => false

test('a clone and an installation are spared what few servers need, and may have it of the same major version', () => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(read('package.json'))
  for (const { versions } of kinds)
    for (const [name, version] of Object.entries(versions)) {
      const [major, minor] = version.split('.')
      const isApi = name === '@opentelemetry/api'
      assert.equal(peerDependencies[name], isApi ? `^${version}` : major === '0' ? `0.${minor}` : major)
      assert.deepEqual(peerDependenciesMeta[name], { optional: true })
      assert.equal(dependencies[name], undefined)
    }
  const lock = read('package-lock.json')
  assert.ok(!lock.includes('"node_modules/@aws-sdk/') && !lock.includes('"node_modules/@opentelemetry/sdk'))
})

test('tests and the image have the versions that the command installs', () => {
  const { dependencies } = JSON.parse(read('test/package.json'))
  for (const { versions } of kinds) assert.deepEqual({ ...dependencies, ...versions }, dependencies)
  const dockerfile = read('deploy/Dockerfile').replace(/\\\n\s+/g, '')
  assert.ok(dockerfile.includes(`${s3} ${telemetry} ${mcp} `))
})

test('the command installs packages where Threadmill finds them, however that was installed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  try {
    const project = join(folder, 'my project')
    for (const place of ['prefix/lib/node_modules/threadmill', 'my project/node_modules/threadmill', 'clone'])
      mkdirSync(join(folder, place), { recursive: true })
    writeFileSync(join(project, 'package.json'), '{}')
    for (const [place, options] of [
      ['clone', `--no-save --save-prod --prefix ${folder}/clone`],
      ['my project/node_modules/threadmill', `--prefix "${project}"`],
      ['prefix/lib/node_modules/threadmill', `--global --prefix ${folder}/prefix`],
    ] as const)
      assert.equal(
        installCommand(join(folder, place, '/'), s3Packages, nothing),
        `npm install ${options} ${s3}`,
      )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the command names what else was brought by it, which npm would take away', () => {
  const isThere = (name: string) => name in s3Packages.versions
  assert.ok(installCommand('/x', telemetryPackages, isThere).endsWith(` ${telemetry} ${s3}`))
  assert.ok(installCommand('/x', telemetryPackages, nothing).endsWith(` /x ${telemetry}`))
})

test('another module that is missing, and any other error, stay what they are', () => {
  for (const error of [
    Object.assign(new Error("Cannot find package 'zod' imported from x"), { code: 'ERR_MODULE_NOT_FOUND' }),
    new Error("'@aws-sdk/client-s3'"),
  ])
    assert.equal(withoutPackages(s3Packages, error), error)
})
