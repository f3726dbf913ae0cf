import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { scripts } from '../../src/commands/completion.ts'
import { temporaryFolder } from './child.ts'

const launcher = fileURLToPath(new URL('../../bin/threadmill.js', import.meta.url))
const isThere = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0

/** A folder for the PATH, in which the program has its name. */
function installed() {
  const folder = temporaryFolder()
  const file = join(folder.path, 'threadmill')
  writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`, { mode: 0o755 })
  return folder
}

test(
  'bash completes commands, options, values and files by what the program says',
  { skip: !isThere('bash') && 'this machine has no bash' },
  () => {
    using folder = installed()
    writeFileSync(join(folder.path, 'backup of monday'), '')
    const script = `
      source <(threadmill completion bash)
      complete -p threadmill
      try() { COMP_WORDS=(threadmill "$@"); COMP_CWORD=$#; COMPREPLY=(); _threadmill; local IFS=,; echo "\${COMPREPLY[*]}"; }
      try fi; try files ''; try files add x --st; try completion ''; try restore back; try nothing ''
      try setup --only =; try setup --only = s; try doctor --config = back`
    const answer = execFileSync('bash', ['--norc', '-c', script], {
      cwd: folder.path,
      encoding: 'utf8',
      env: { PATH: `${folder.path}:${process.env['PATH']}` },
    })
    assert.deepEqual(answer.split('\n'), [
      'complete -F _threadmill threadmill',
      'files',
      'add',
      '--store',
      'bash,zsh,fish',
      'backup of monday',
      '',
      'python,search',
      'search',
      'backup of monday',
      '',
    ])
  },
)

test(
  'zsh completes values behind an = and paths behind one',
  { skip: !isThere('zsh') && 'this machine has no zsh' },
  () => {
    using folder = installed()
    const script = `
      compdef() {}
      compset() { print -r -- "compset $*" }
      _files() { print files }
      _describe() { print -rl -- $described }
      source <(threadmill completion zsh)
      try() { words=(threadmill "$@"); CURRENT=$#words; _threadmill }
      try setup --only=; try setup --only s; try doctor --config=./d`
    const answer = execFileSync('zsh', ['-f', '-c', script], {
      encoding: 'utf8',
      env: { PATH: `${folder.path}:${process.env['PATH']}` },
    })
    assert.deepEqual(
      answer.split('\n').map((line) => line.replace(/:$/, '')),
      ['--only=python', '--only=search', 'search', 'compset -P --*=', 'files', ''],
    )
  },
)

test(
  'fish completes values behind an = and paths behind one',
  { skip: !isThere('fish') && 'this machine has no fish' },
  () => {
    using folder = installed()
    writeFileSync(join(folder.path, 'monday'), '')
    const script = `
      threadmill completion fish | source
      for line in 'setup --only=' 'setup --only s' 'doctor --config=mon'
        complete -C "threadmill $line"
      end`
    const answer = execFileSync('fish', ['--no-config', '-c', script], {
      cwd: folder.path,
      encoding: 'utf8',
      env: { PATH: `${folder.path}:${process.env['PATH']}`, HOME: folder.path },
    })
    assert.deepEqual(
      answer.split('\n').map((line) => line.trim()),
      ['--only=python', '--only=search', 'search', '--config=monday', ''],
    )
  },
)

for (const [shell, options] of [
  ['bash', ['-n']],
  ['zsh', ['-f', '-n']],
  ['fish', ['--no-execute']],
] as const) {
  test(`${shell} understands its script`, { skip: !isThere(shell) && `this machine has no ${shell}` }, () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'script')
    writeFileSync(file, scripts[shell] ?? '')
    const { status, stderr } = spawnSync(shell, [...options, file], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
  })
}
