import type { Canaries, Traps } from '../self-test/canaries.ts'
import type { Kernel, KernelOutput } from '../sandbox.ts'
import { outputText } from '../self-test/output-text.ts'

/**
 * Attacks from inside a whole kernel: from Python, through the bridge to JavaScript that every cell can use. Returns
 * the leaks. An empty list means that nothing was reached and that the kernel works.
 */
export async function tryKernel(kernel: Kernel, canaries: Canaries, signals: boolean): Promise<string[]> {
  let sum = ''
  const outputs: KernelOutput[] = []
  for await (const output of kernel.run(cell(canaries.traps, signals), { timeoutMs: 20_000 }))
    outputs.push(output)
  const said = outputText(outputs)
  for await (const output of kernel.run('1 + 1', { timeoutMs: 5000 })) {
    if (output.type === 'result') sum = output.data['text/plain'] ?? ''
  }
  const leaks = await canaries.leaks(said)
  if (!said.includes('tried everything') || sum !== '2') leaks.push('(the kernel did not survive its test)')
  return leaks
}

function cell(traps: Traps, signals: boolean): string {
  return `
import asyncio, json, os, js, pyodide_js
from pyodide.ffi import create_proxy, to_js
traps = json.loads(${JSON.stringify(JSON.stringify(traps))})
node = js.process.getBuiltinModule
ignore = create_proxy(lambda *_: None)

def attempt(f):
    try:
        print(f())
    except BaseException as error:
        print(type(error).__name__)

def mount():
    pyodide_js.FS.mkdirTree('/canary')
    pyodide_js.mountNodeFS('/canary', traps['folder'])
    print(open('/canary/secret.txt').read())
    open('/canary/mounted', 'w').write('x')

def database():
    opened = node('node:sqlite').DatabaseSync.new(traps['folder'] + '/database')
    opened.exec('create table t (x)')

def udp():
    socket = node('node:dgram').createSocket('udp4')
    socket.on('error', ignore)
    socket.send('x', traps['udpPort'], '127.0.0.1', ignore)

def abstract():
    path = to_js({'path': chr(0) + traps['abstractName']}, dict_converter=js.Object.fromEntries)
    node('node:net').connect(path).on('error', ignore)

def shell():
    command = to_js(['-c', 'echo x > ' + traps['folder'] + '/shell'])
    node('node:child_process').spawnSync('/bin/sh', command)

attempt(lambda: dict(os.environ))
attempt(lambda: js.JSON.stringify(js.process.env))
attempt(lambda: node('node:fs').readFileSync('/proc/%d/environ' % traps['victimPid'], 'latin1'))
attempt(lambda: node('node:fs').readFileSync(traps['file'], 'utf8'))
attempt(lambda: open(traps['file']).read())
attempt(mount)
attempt(database)
attempt(lambda: node('node:fs').writeFileSync(traps['folder'] + '/new', 'x'))
attempt(lambda: node('node:fs').appendFileSync(traps['file'], 'x'))
attempt(shell)
attempt(lambda: node('node:net').connect(traps['tcpPort'], '127.0.0.1').on('error', ignore))
attempt(udp)
attempt(abstract)
if ${signals ? 'True' : 'False'}:
    attempt(lambda: js.process.kill(traps['victimPid'], 9))
try:
    await js.fetch('http://127.0.0.1:%d/' % traps['tcpPort'])
except BaseException as error:
    print(type(error).__name__)
await asyncio.sleep(0.1)
print('tried everything')
`
}
