import type { Canaries, Traps } from '../self-test/canaries.ts'
import type { Kernel, KernelOutput } from '../sandbox.ts'
import { outputText } from '../self-test/output-text.ts'

/**
 * Attacks from Python in a native session, where Python can do what any program can. Returns the leaks. An empty list
 * means that nothing was reached and that the kernel works.
 */
export async function tryNative(kernel: Kernel, canaries: Canaries): Promise<string[]> {
  let sum = ''
  const outputs: KernelOutput[] = []
  for await (const output of kernel.run(cell(canaries.traps), { timeoutMs: 20_000 })) outputs.push(output)
  const said = outputText(outputs)
  for await (const output of kernel.run('1 + 1', { timeoutMs: 5000 })) {
    if (output.type === 'result') sum = output.data['text/plain'] ?? ''
  }
  const leaks = await canaries.leaks(said)
  for (const [, what] of said.matchAll(/LEAK ([\w /]+)/g)) leaks.push(what!)
  if (!said.includes('tried everything') || sum !== '2') leaks.push('(the kernel did not survive its test)')
  return leaks
}

const cell = (traps: Traps) => `
import ctypes, json, os, socket, time
traps = json.loads(${JSON.stringify(JSON.stringify(traps))})

def attempt(f):
    try:
        print(f())
    except BaseException as error:
        print(type(error).__name__)

def tcp():
    socket.create_connection(('127.0.0.1', traps['tcpPort']), 1)

def udp():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', traps['udpPort']))

def abstract():
    socket.socket(socket.AF_UNIX).connect(chr(0) + traps['abstractName'])

def write(path):
    def f():
        with open(path, 'w') as file: file.write('x')
        return 'LEAK a folder of the system' if not path.startswith(traps['folder']) else ''
    return f

def new_namespace():
    libc = ctypes.CDLL(None, use_errno=True)
    return 'LEAK a new user namespace' if libc.unshare(0x10000000) == 0 else 'refused'

def status():
    lines = dict(line.split(':', 1) for line in open('/proc/self/status').read().splitlines())
    if int(lines['CapEff'], 16) or int(lines['CapPrm'], 16): return 'LEAK capabilities'
    if lines['NoNewPrivs'].strip() != '1': return 'LEAK new privileges'
    if lines['Seccomp'].strip() == '0': return 'LEAK the system calls of the kernel'
    if '0' in lines['Uid'].split(): return 'LEAK the user root'
    return 'confined'

attempt(lambda: dict(os.environ))
attempt(lambda: open('/proc/%d/environ' % traps['victimPid'], 'rb').read())
attempt(lambda: [open('/proc/%s/environ' % p, 'rb').read() for p in os.listdir('/proc') if p.isdigit()])
attempt(lambda: open(traps['file']).read())
attempt(lambda: open('/proc/1/root' + traps['file']).read())
attempt(write(traps['folder'] + '/new'))
attempt(write('/usr/canary'))
attempt(write('/canary'))
attempt(lambda: os.system('echo x > ' + traps['folder'] + '/shell'))
attempt(tcp)
attempt(udp)
attempt(abstract)
attempt(lambda: os.kill(traps['victimPid'], 9))
attempt(new_namespace)
attempt(status)
time.sleep(0.05)
print('tried everything')
`
