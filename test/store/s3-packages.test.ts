import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { installCommand, s3Packages, withoutS3Client } from '../../src/store/s3-packages.ts'

const root = join(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(root, name), 'utf8')
const packages = Object.entries(s3Packages).map(([name, version]) => `${name}@${version}`)

test('a clone and an installation are spared the client of S3, and may have one of the same major version', () => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(read('package.json'))
  for (const [name, version] of Object.entries(s3Packages)) {
    assert.equal(peerDependencies[name], version.split('.')[0])
    assert.deepEqual(peerDependenciesMeta[name], { optional: true })
    assert.equal(dependencies[name], undefined)
  }
  assert.ok(!read('package-lock.json').includes('"node_modules/@aws-sdk/'))
})

test('tests and the image have the versions that the command installs', () => {
  const { dependencies } = JSON.parse(read('test/package.json'))
  assert.deepEqual({ ...dependencies, ...s3Packages }, dependencies)
  assert.ok(read('deploy/Dockerfile').includes(packages.join(' ')))
})

test('the command installs the client where the package finds it, however that was installed', () => {
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
      assert.equal(installCommand(join(folder, place, '/')), `npm install ${options} ${packages.join(' ')}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('another module that is missing, and any other error, stay what they are', () => {
  for (const error of [
    Object.assign(new Error("Cannot find package 'zod' imported from x"), { code: 'ERR_MODULE_NOT_FOUND' }),
    new Error("'@aws-sdk/client-s3'"),
  ])
    assert.equal(withoutS3Client(error), error)
})
