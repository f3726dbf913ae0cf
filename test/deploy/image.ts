import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import OpenAI from 'openai'
import { buildRoot, megabytes, type Root } from './build-root.ts'
import { readDockerfile } from './dockerfile.ts'
import { containerFilter } from './seccomp.ts'

// Builds an image's root without an engine, runs the server in it as a container would, and asks it the first question.
// Root, debootstrap, bubblewrap and the network are needed: node test/deploy/image.ts [--target python] [--work FOLDER]
const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'server' },
    work: { type: 'string', default: '/var/tmp/threadmill-image' },
    /** Let the server make namespaces, as a container may be allowed to. */
    namespaces: { type: 'boolean', default: false },
    /** With the root that was made the last time. */
    again: { type: 'boolean', default: false },
  },
})
const context = resolve(import.meta.dirname, '../..')
mkdirSync(values.work, { recursive: true })
const made = join(values.work, `${values.target}.json`)
const root = values.again ? (JSON.parse(readFileSync(made, 'utf8')) as Root) : build()
await tryServer(root)

function build(): Root {
  const stages = readDockerfile(readFileSync(join(context, 'deploy/Dockerfile'), 'utf8'))
  const started = Date.now()
  const root = buildRoot({ stages, context, work: values.work }, values.target)
  const seconds = Math.round((Date.now() - started) / 1000)
  console.log(`${values.target}: ${megabytes(root)} MB, made in ${seconds} s`)
  writeFileSync(made, JSON.stringify(root))
  return root
}

/** Answers the first program, runs a cell, is healthy to its own health check, and ends at SIGTERM. */
async function tryServer(root: Root): Promise<void> {
  const data = join(values.work, 'data')
  rmSync(data, { recursive: true, force: true })
  mkdirSync(data, { mode: 0o700 })
  chownSync(data, ...userOf(root))
  const env = { THREADMILL_API_KEY: 'sk-of-the-check-0123456789', THREADMILL_PORT: '47110' }
  const here = { ...root, env: { ...root.env, ...env } }
  const server = await startContainer(here, data, root.entrypoint)
  try {
    const url = `http://127.0.0.1:${env.THREADMILL_PORT}`
    await untilHealthy(`${url}/health`, server.ended)
    await ask(new OpenAI({ baseURL: `${url}/v1`, apiKey: env.THREADMILL_API_KEY, maxRetries: 0 }))
    const authorization = `Bearer ${env.THREADMILL_API_KEY}`
    const asked = await fetch(`${url}/health`, { headers: { authorization } })
    const health = (await asked.json()) as { code_interpreter: { id: string } }
    console.log(JSON.stringify(health, undefined, 2))
    const { id } = health.code_interpreter
    const expected = values.target === 'python' ? 'jupyter+landlock' : 'pyodide+landlock'
    if (!values.namespaces && id !== expected) throw new Error(`cells run in ${id} instead of ${expected}`)
    const check = await startContainer(here, data, root.healthcheck)
    expectCode('the health check', await check.ended)
    process.kill(server.pid, 'SIGTERM')
    expectCode('the server, at SIGTERM,', await server.ended)
  } finally {
    // Without it, whatever the server has started goes as well.
    if (!server.hasEnded()) process.kill(server.pid, 'SIGKILL')
  }
}

function expectCode(what: string, code: number): void {
  if (code !== 0) throw new Error(`${what} ended with ${code}`)
  console.log(`${what} ended with 0`)
}

interface Container {
  /** Of its first process, as this machine sees it. */
  pid: number
  /** Its exit code. */
  ended: Promise<number>
  hasEnded: () => boolean
}

async function startContainer(root: Root, data: string, command: string[]): Promise<Container> {
  const filter = join(values.work, 'seccomp.bpf')
  writeFileSync(filter, containerFilter(process.arch))
  const bwrap = spawn('bwrap', [...container(root, data), ...command], {
    stdio: ['ignore', 'inherit', 'inherit', openSync(filter, 'r'), 'pipe'],
  })
  const ended = once(bwrap, 'exit').then(([code]) => code as number)
  let info = ''
  for await (const piece of bwrap.stdio[4] as Readable) {
    info += String(piece)
    if (info.includes('}')) break
  }
  const { 'child-pid': pid } = JSON.parse(info) as { 'child-pid': number }
  return { pid, ended, hasEnded: () => bwrap.exitCode !== null }
}

/** Read only but for the data and /tmp, without capabilities, and without privileges to be had. */
function container(root: Root, data: string): string[] {
  const args = [
    '--ro-bind',
    root.folder,
    '/',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--perms',
    '1777',
    '--tmpfs',
    '/tmp',
    '--bind',
    data,
    '/data',
  ]
  args.push(
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--die-with-parent',
    '--as-pid-1',
    '--info-fd',
    '4',
    '--chdir',
    root.workdir,
  )
  args.push('--clearenv', '--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID', '--cap-add', 'CAP_SETPCAP')
  if (!values.namespaces) args.push('--seccomp', '3')
  for (const [name, value] of Object.entries(root.env)) args.push('--setenv', name, value)
  const [uid, gid] = userOf(root)
  const drop = [
    '--reuid',
    uid,
    '--regid',
    gid,
    '--clear-groups',
    '--bounding-set',
    '-all',
    '--inh-caps',
    '-all',
  ]
  return [...args, 'setpriv', ...drop.map(String), '--no-new-privs']
}

function userOf({ user }: Root): [number, number] {
  return user.split(':').map(Number) as [number, number]
}

async function untilHealthy(url: string, ended: Promise<unknown>): Promise<void> {
  const healthy = async () => {
    while (
      !(await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      ))
    )
      await setTimeout(100)
  }
  const end = ended.then((how) => {
    throw new Error(`the server ended: ${JSON.stringify(how)}`)
  })
  await Promise.race([healthy(), end])
}

/** The first program of the README, and a cell. */
async function ask(client: OpenAI): Promise<void> {
  const assistant = await client.beta.assistants.create({
    model: 'demo',
    instructions: 'You are a personal math tutor.',
    tools: [{ type: 'code_interpreter' }],
  })
  const thread = await client.beta.threads.create({
    messages: [{ role: 'user', content: 'I need to solve the equation `3x + 11 = 14`. Can you help me?' }],
  })
  const run = await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id })
  const { data } = await client.beta.threads.messages.list(thread.id)
  const [content] = data[0]?.content ?? []
  const text = content?.type === 'text' ? content.text.value : ''
  console.log(`${run.status}: ${text}`)
  if (!text.includes('x = 1'))
    throw new Error(`an answer that is wrong: ${text} ${JSON.stringify(run.last_error)}`)
  const { data: steps } = await client.beta.threads.runs.steps.list(run.id, { thread_id: thread.id })
  if (!steps.some(({ type }) => type === 'tool_calls')) throw new Error('no cell was run')
}
