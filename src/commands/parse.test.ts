import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { complete } from './complete.ts'
import { UsageError, type Command } from './command.ts'
import { everywhere } from './everywhere.ts'
import { help } from './help.ts'
import { barLine, createOutput } from './output.ts'
import { parseCommandLine } from './parse.ts'
import { commands } from './table.ts'

const line = (text: string) => text.split(' ').filter((word) => word !== '')

/** The error message for an invalid command line. */
function refusal(text: string): string {
  try {
    parseCommandLine(line(text), commands)
  } catch (error) {
    assert.ok(error instanceof UsageError)
    return error.message
  }
  return assert.fail(`${text} is understood`)
}

suite('the command line', () => {
  test('options may stand anywhere, joined to their value or before it', () => {
    for (const text of [
      'files add /a --store b --port 1',
      '--port 1 files add --store=b /a',
      'files --store b add --port=1 -- /a',
    ]) {
      const parsed = parseCommandLine(line(text), commands)
      assert.ok('command' in parsed)
      const { command, given } = parsed
      assert.deepEqual(
        [command.name, given.parameter('PATH'), given.option('store'), given.option('port')],
        ['files add', '/a', 'b', '1'],
      )
      assert.equal(given.flag('json'), false)
    }
  })

  test('paths are found from where the person is, and no others', () => {
    const parsed = parseCommandLine(line('files add x/../y --store z --config c.json'), commands, '/home/me')
    assert.ok('command' in parsed)
    assert.equal(parsed.given.parameter('PATH'), '/home/me/y')
    assert.equal(parsed.given.option('config'), '/home/me/c.json')
    assert.equal(parsed.given.option('store'), 'z')
  })

  test('without a command it is the server', () => {
    for (const text of ['', '--port 80', '--data-dir x']) {
      const parsed = parseCommandLine(line(text), commands)
      assert.equal('command' in parsed && parsed.command.name, 'serve')
    }
  })

  test('help and version can be asked for everywhere', () => {
    assert.deepEqual(parseCommandLine(['-h'], commands), { help: '' })
    assert.deepEqual(parseCommandLine(line('files --help'), commands), { help: 'files' })
    assert.deepEqual(parseCommandLine(line('files add --help'), commands), { help: 'files add' })
    assert.deepEqual(parseCommandLine(line('files add x --stroe y -h'), commands), { help: 'files add' })
    for (const text of ['-v', '--version', 'doctor --version'])
      assert.deepEqual(parseCommandLine(line(text), commands), { version: true })
  })

  for (const [text, said] of [
    ['fiels add x --store y', /unknown command 'fiels'; did you mean 'files'\?/],
    ['files ad x', /unknown command 'files ad'; did you mean 'files add'\?/],
    ['python remove', /unknown command 'python remove'; there is 'python setup', 'python prefetch'/],
    ['something', /^unknown command 'something'$/],
    ['models', /"models" needs one more word: pull/],
    ['files add x --stroe y', /unknown option '--stroe' of "files add"; did you mean '--store'\?/],
    ['--prot=80', /unknown option '--prot' of "serve"; did you mean '--port'\?/],
    ['--prot 80', /unknown option '--prot'; did you mean '--port'\?/],
    ['doctor -x', /unknown option '-x' of "doctor"$/],
    ['backup x --store y', /unknown option '--store' of "backup"/],
    ['files add x', /"files add" needs --store NAME: /],
    ['files add --store y', /"files add" needs PATH: /],
    ['files add x y --store z', /"files add" takes one PATH: 'y' is too much/],
    ['files add x --store --json', /--store needs NAME/],
    ['files add x --store=', /--store needs NAME/],
    ['files add x --store', /--store needs NAME/],
    ['files add x --store a --store b', /--store is there twice/],
    ['doctor x', /"doctor" takes no words: 'x' is too much/],
    ['-p 80', /unknown option '-p'; did you mean '--port'\?/],
    ['doctor --only python', /unknown option '--only' of "doctor"; it is one of "setup"/],
    ['--json', /unknown option '--json' of "serve"; it is one of "files add", "backup", /],
    ['add x', /unknown command 'add'; did you mean 'files add'\?/],
    ['pull embedding', /unknown command 'pull'; did you mean 'models pull'\?/],
    ['version', /unknown command 'version'; did you mean '--version'\?/],
    ['setup --only pyhton', /--only is 'pyhton'; it can be python, search; did you mean 'python'\?/],
    ['--version=3', /^--version takes no value$/],
    ['doctor --help=1', /^--help takes no value$/],
    ['doctor --json=yes', /--json takes no value/],
    ['models pull chat', /MODEL is 'chat'; it can be embedding/],
    ['completion csh', /SHELL is 'csh'; it can be bash, zsh, fish/],
    ['help fiels', /unknown command 'fiels'/],
  ] as const) {
    test(`${text}: what is wrong, and what was meant`, () => {
      // The command "help" checks the words when it runs.
      if (!text.startsWith('help')) assert.match(refusal(text), said)
      else assert.throws(() => parseCommandLine(line(`${text.slice(5)} --help`), commands), said)
    })
  }

  test('whatever is typed is understood or refused in one line of our own', () => {
    const odd = [
      '',
      '-',
      '--',
      '---',
      '--=',
      '-=',
      '--=x',
      '-1',
      '--port',
      '--port=',
      '-hv',
      '--no-json',
      'a b',
    ]
    const words = [
      ...odd,
      '--__proto__',
      '--constructor=1',
      'serve',
      'files',
      'add',
      '--store',
      '-yx',
      '--only',
    ]
    for (const first of words)
      for (const second of words)
        for (const third of ['', ...words]) {
          try {
            parseCommandLine([first, second, third], commands)
          } catch (error) {
            assert.ok(error instanceof UsageError, `${first} ${second} ${third}: ${error}`)
            assert.match(error.message, /^[^\n]+$/)
          }
        }
  })

  test('an empty path is not the folder where the person is', () => {
    assert.throws(() => parseCommandLine(['backup', ''], commands, '/home/me'), /DIR is ''/)
  })

  test('an option that takes a value takes one with every command, or the parser could not tell', () => {
    const kinds = new Map<string, boolean>()
    for (const { name, value } of [...everywhere, ...commands.flatMap(({ options = [] }) => options)]) {
      assert.equal(kinds.get(name) ?? value !== undefined, value !== undefined, name)
      kinds.set(name, value !== undefined)
    }
  })
})

suite('help', () => {
  test('names every command with its options, and its own page has each of its words', () => {
    const all = help('', { commands, program: 'threadmill' })
    for (const { name, hidden, parameters = [], options = [], examples = [] } of commands) {
      if (hidden) continue
      assert.ok(all.includes(`threadmill ${name}`), name)
      const page = help(name, { commands, program: 'npm start --' })
      for (const one of [...parameters, ...options])
        assert.ok(page.includes(one.help), `${name}: ${one.name}`)
      for (const example of examples) assert.ok(page.includes(example.replace('threadmill', 'npm start --')))
    }
  })

  test('fits the terminal', () => {
    for (const { name } of commands) {
      const lines = help(name, { commands, program: 'threadmill', columns: 70 }).split('\n')
      const wide = lines.filter((one) => one.length > 70 && !one.startsWith('  threadmill '))
      assert.deepEqual(wide, [])
    }
  })
})

suite('completions', () => {
  const words = (...typed: string[]) => complete(typed, commands).words.map(({ word }) => word)

  test('are the words that can stand there', () => {
    assert.deepEqual(words('py'), ['python'])
    assert.deepEqual(words('python', ''), ['setup', 'prefetch'])
    assert.deepEqual(words('help', 'files', ''), ['add'])
    assert.deepEqual(words('completion', ''), ['bash', 'zsh', 'fish'])
    assert.deepEqual(words('models', 'pull', 'e'), ['embedding'])
    assert.deepEqual(words('files', 'add', 'x', '--s'), ['--store'])
    assert.deepEqual(words('files', 'add', '--store', 'x', '--st'), [])
    assert.ok(words('').includes('doctor') && !words('').includes('complete'))
  })

  for (const { name, options = [] } of commands as readonly Command[])
    for (const { name: option, values } of options)
      if (values !== undefined && values !== 'path' && values !== 'place')
        test(`have the values of ${name} --${option}, apart or joined to it, as each shell hands them on`, () => {
          const typed = [...name.split(' '), `--${option}`]
          const [first = ''] = values
          assert.deepEqual(words(...typed, ''), values)
          // bash
          assert.deepEqual(words(...typed, '='), values)
          assert.deepEqual(words(...typed, '=', first.slice(0, 2)), [first])
          // zsh and fish replace the whole word.
          const joined = values.map((value) => `--${option}=${value}`)
          assert.deepEqual(words(...name.split(' '), `--${option}=`), joined)
          assert.deepEqual(words(...name.split(' '), `--${option}=${first.slice(0, 2)}`), [joined[0]])
          for (const given of [
            [...typed, first],
            [...typed, '=', first],
            [...name.split(' '), `--${option}=${first}`],
          ])
            assert.ok(!words(...given, '--').includes(`--${option}`), given.join(' '))
        })

  test('leave files to the shell, where a path stands', () => {
    for (const typed of [
      ['files', 'add', ''],
      ['files', 'add', '--store', 'x', './d'],
      ['--data-dir', ''],
      ['--data-dir=./d'],
      ['doctor', '--config', '='],
      ['doctor', '--config', '=', './d'],
    ])
      assert.deepEqual(complete(typed, commands), { words: [], files: true })
    assert.deepEqual(complete(['files', 'add', 'x', '--store', ''], commands), { words: [], files: false })
  })
})

suite('a bar', () => {
  test('is shorter than the terminal, however narrow', () => {
    for (const columns of [1, 7, 20, 30, 60, 200]) {
      const bar = barLine('uploaded', { share: 0.5, amounts: '500/1000', columns })
      assert.ok(bar.length < columns || columns === 1, `${bar.length} of ${columns}`)
    }
    assert.equal(
      barLine('uploaded', { share: 0.5, amounts: '1/2', columns: 80 }),
      `uploaded [${'#'.repeat(15)}${'.'.repeat(15)}] 1/2`,
    )
  })

  test('is lines where there is no terminal, one for each tenth, and none twice', () => {
    const lines: string[] = []
    const stream = { write: (text: string) => lines.push(text) } as unknown as NodeJS.WriteStream
    const progress = createOutput(stream, stream).progress('copied', (amount) => amount.toFixed(1))
    for (const done of [0, 0.04, 0.06, 0.1, 0.14, 0.24, 0.28, 0.3]) progress(done, 0.3)
    assert.deepEqual(
      lines,
      ['0.0', '0.1', '0.2', '0.3'].map((amount) => `copied ${amount}/0.3\n`),
    )
  })
})

// The type of an entry allows values that a command must not have.
test('every command says what it does in one line', () => {
  for (const { name, summary, parameters = [] } of commands as readonly Command[]) {
    assert.match(name, /^[a-z]+( [a-z]+)*$/)
    assert.match(summary, /^[^\n]+[^.\n]$/)
    assert.ok(
      parameters.slice(0, -1).every(({ many, optional }) => !many && !optional),
      name,
    )
  }
})
