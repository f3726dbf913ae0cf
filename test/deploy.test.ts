import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { readConfig } from '../src/config/config.ts'
import { settings } from '../src/config/environment-settings.ts'
import { readIgnore } from './deploy/context.ts'
import { readDockerfile, type Step } from './deploy/dockerfile.ts'

/** Of files whose schemas are checked by test/deploy/lint.ts. */
type Fields = Record<string, ReturnType<typeof parse>>

const root = join(import.meta.dirname, '..')
const read = (name: string) => readFileSync(join(root, 'deploy', name), 'utf8')
const yaml = (name: string) => parse(read(name), { merge: true }) as Fields

const stages = readDockerfile(read('Dockerfile'))
const stepsOf = (name: string): Step[] => {
  const stage = stages.find((one) => one.name === name)
  return stage ? [...stepsOf(stage.base), ...stage.steps] : []
}
const userOf = (name: string) => stepsOf(name).findLast((step) => step.does === 'user')?.user

test('an image is that of the server unless another is named, and none is of root', () => {
  assert.equal(stages.at(-1)?.name, 'server')
  for (const target of ['server', 'python']) assert.match(userOf(target) ?? 'root', /^[1-9]\d*:[1-9]\d*$/)
})

test('the settings of the image are such that the server has, and hold no key', () => {
  const env = Object.assign(
    {},
    ...stepsOf('server').flatMap((step) => (step.does === 'env' ? [step.values] : [])),
  )
  const names = Object.keys(env).filter((name) => name.startsWith('THREADMILL_'))
  const known = settings.map(({ name }) => name)
  assert.deepEqual(
    names.filter((name) => !known.includes(name)),
    [],
  )
  assert.ok(names.includes('THREADMILL_DATA_DIR') && !names.includes('THREADMILL_API_KEY'))
  // What listens for others wants a key, which the image does not have.
  const serve = () => readConfig({ ...env, THREADMILL_DATA_DIR: join(root, 'data', 'none') })
  assert.throws(serve, /THREADMILL_API_KEY/)
})

test('what the image is built from is in the context, and nothing of a working copy is', () => {
  const ignored = readIgnore(read('Dockerfile.dockerignore'))
  const copied = stages
    .flatMap(({ steps }) => steps)
    .flatMap((step) => (step.does === 'copy' && !step.from ? step.sources : []))
  for (const name of copied.filter((source) => source !== '.'))
    assert.ok(existsSync(join(root, name)) && !ignored(name), name)
  for (const name of [
    'build.ts',
    'src/main.ts',
    'bin/threadmill.js',
    'test/bring-packages.ts',
    'tsconfig.build.json',
  ])
    assert.ok(existsSync(join(root, name)) && !ignored(name), name)
  for (const name of [
    '.env',
    'deploy/.env',
    'data/api-key',
    '.git/config',
    'node_modules/hono/index.js',
    'src/common/turns.test.ts',
  ])
    assert.ok(ignored(name), name)
})

test('an instruction that the checks do not know is not passed over', () => {
  assert.throws(() => readDockerfile('FROM debian\nADD http://files.example/a /a'), /ADD/)
})

const compose = yaml('compose.yaml')
const services = compose['services'] as Record<string, Fields>
const replicas = Object.keys(services).filter((name) => name.startsWith('threadmill-'))

test('compose: every value that has to be given is in example.env, and all of that is used', () => {
  const used = new Set([...read('compose.yaml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name))
  const given = [...read('example.env').matchAll(/^(\w+)=/gm)].map(([, name]) => name)
  const needed = [...read('compose.yaml').matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name)
  assert.deepEqual(
    given.filter((name) => !used.has(name)),
    [],
  )
  assert.deepEqual(
    [...new Set(needed)].filter((name) => !given.includes(name)),
    [],
  )
  assert.ok(needed.length > 0)
})

test('compose: the server takes the settings of its replicas', () => {
  assert.equal(replicas.length, 2)
  const given = services[replicas[0] ?? '']?.['environment'] as Record<string, string>
  const env = Object.entries(given).map(([key, value]) => [
    key,
    value.replace(/\$\{\w+:\?[^}]*\}/g, 'a-secret-of-24-hex-digits').replace(/\$\{\w+:-\}/g, ''),
  ])
  const config = readConfig({ ...Object.fromEntries(env), THREADMILL_HOST: '0.0.0.0' }, { use: 'read' })
  assert.equal(config.apiKeyFrom, 'environment')
  assert.ok(config.database)
})

test('compose: replicas can write to their data and /tmp alone, and have no capabilities', () => {
  for (const name of replicas) {
    const { read_only, cap_drop, security_opt, volumes, tmpfs, privileged } = services[name] ?? {}
    assert.deepEqual(
      { read_only, cap_drop, security_opt, tmpfs, privileged },
      {
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        tmpfs: ['/tmp'],
        privileged: undefined,
      },
    )
    assert.deepEqual(volumes, [`${name}:/data`])
  }
})

test('compose: the proxy asks the replicas, on loopback alone, and the stores are reached by them alone', () => {
  const asked = /reverse_proxy (.*) \{/.exec(read('Caddyfile'))?.[1]?.split(' ')
  assert.deepEqual(
    asked,
    replicas.map((name) => `${name}:4711`),
  )
  const published = Object.entries(services).flatMap(([name, { ports = [] }]) =>
    (ports as string[]).map((port) => `${name} ${port}`),
  )
  assert.deepEqual(published, ['proxy 127.0.0.1:4711:4711'])
  assert.equal(compose['networks'].back.internal, true)
  const behind = Object.keys(services).filter((name) =>
    (services[name]?.['networks'] as string[]).includes('back'),
  )
  assert.deepEqual(behind.toSorted(), [...replicas, 'postgres', 's3'].toSorted())
})

const manifests = readdirSync(join(root, 'deploy/kubernetes')).filter((name) => name !== 'kustomization.yaml')
const deployment = yaml('kubernetes/deployment.yaml')
const pod = deployment['spec'].template.spec
const container = pod.containers[0]

test('kubernetes: every manifest is part of the kustomization, and selects the pods of the deployment', () => {
  assert.deepEqual(yaml('kubernetes/kustomization.yaml')['resources'].toSorted(), manifests.toSorted())
  const { labels } = deployment['spec'].template.metadata
  const selectors = manifests
    .map((name) => yaml(`kubernetes/${name}`)['spec'])
    .filter(Boolean)
    .map(({ selector, podSelector }) => selector?.matchLabels ?? podSelector?.matchLabels ?? selector)
  assert.equal(selectors.length, 4)
  for (const selector of selectors) assert.deepEqual(selector, labels)
})

test('kubernetes: the pod is what the restricted standard allows, and of the user of the image', () => {
  const { runAsNonRoot, runAsUser, runAsGroup, fsGroup, seccompProfile } = pod.securityContext
  assert.deepEqual([runAsNonRoot, seccompProfile], [true, { type: 'RuntimeDefault' }])
  assert.equal(`${runAsUser}:${runAsGroup}`, userOf('server'))
  assert.equal(fsGroup, runAsGroup)
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  assert.deepEqual(
    [pod.hostNetwork, pod.hostPID, pod.hostIPC, pod.automountServiceAccountToken],
    [undefined, undefined, undefined, false],
  )
  assert.ok((pod.volumes as object[]).every((volume) => 'emptyDir' in volume))
  assert.deepEqual(
    container.volumeMounts.map((mount: { mountPath: string }) => mount.mountPath),
    ['/data', '/tmp'],
  )
})

test('kubernetes: secrets come from a secret, and probes ask the port of the service', () => {
  assert.equal(container.env, undefined)
  assert.deepEqual(container.envFrom, [
    { configMapRef: { name: 'threadmill' } },
    { secretRef: { name: 'threadmill' } },
  ])
  const { startupProbe, livenessProbe, readinessProbe } = container
  assert.deepEqual(
    [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => `${httpGet.port} ${httpGet.path}`),
    ['http /health', 'http /health', 'http /health?ready'],
  )
  assert.equal(yaml('kubernetes/service.yaml')['spec'].ports[0].targetPort, container.ports[0].name)
  assert.ok(pod.terminationGracePeriodSeconds > container.lifecycle.preStop.sleep.seconds + 30)
  assert.equal(deployment['spec'].strategy.rollingUpdate.maxUnavailable, 0)
})

test('systemd finds nothing wrong with the unit', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'threadmill-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'threadmill.service')
  // The program is where npm would have put it.
  await writeFile(file, read('threadmill.service').replace('/usr/local/bin/threadmill', process.execPath))
  const verified = await promisify(execFile)('systemd-analyze', ['verify', '--man=no', file]).catch(
    (error: NodeJS.ErrnoException & { stderr?: string }) => error,
  )
  if ((verified as NodeJS.ErrnoException).code === 'ENOENT') return t.skip('there is no systemd-analyze here')
  // Units of this machine, which it looks at as well, may have faults of their own.
  const said = (verified.stderr ?? '')
    .split('\n')
    .filter((line) => line.includes(file) || line.startsWith('threadmill'))
  assert.deepEqual(said, [])
})
