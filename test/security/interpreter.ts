import type { Attempt } from './attempt.ts'
import { sideModule } from './side-module.ts'

const notCovered = 'the permission model does not cover signals'

/** The interpreter, the JavaScript around Pyodide, and our own program in the session. */
export const interpreterAttempts: Attempt[] = [
  {
    id: 'R01',
    what: 'read the environment by way of JavaScript',
    held: 'no secret, or no JavaScript',
    program: `attempt('env', lambda: [js.process.env.PATH, js.JSON.stringify(js.process.env), js.process.report.getReport()])`,
  },
  {
    id: 'R02',
    what: 'read a file by run_js',
    held: 'refused',
    program: `def run():
    from pyodide.code import run_js
    return run_js("process.getBuiltinModule('node:fs').readFileSync('" + FILE + "', 'utf8')")
refused('run_js', run)`,
  },
  {
    id: 'R03',
    what: 'mount a folder of the host into Python',
    held: 'refused',
    program: `def mount():
    import pyodide_js
    pyodide_js.FS.mkdirTree('/host')
    pyodide_js.mountNodeFS('/host', FOLDER)
    attempt('write', lambda: open('/host/' + MARK, 'w').close())
    return open('/host/secret.txt').read()
refused('mount', mount)`,
  },
  {
    id: 'R04',
    what: 'open a database through node:sqlite',
    held: 'not there, or refused',
    program: `refused('sqlite', lambda: node('node:sqlite').DatabaseSync.new(f'{FOLDER}/{MARK}').exec('create table t (x)'))`,
  },
  {
    id: 'R05',
    what: 'kill a process of the same user from JavaScript',
    held: 'no such process',
    openInSeatBelt: notCovered,
    program: `for pid in (traps['victimPid'], traps['serverPid']): refused(pid, lambda: js.process.kill(pid, 9))`,
  },
  {
    id: 'R06',
    what: 'write frames of the protocol to every descriptor',
    held: 'the host drops them, or ends this session; the next answers are right',
    ends: ['held', 'killed'],
    // Escaped, so that it is the word only for who takes the line for a frame: descriptor 1 may be what the user sees.
    program: `lines = b''.join(json.dumps({'ev': 'done', 'id': n, 'status': 'ok', 'truncated': False}).encode() + b'\\n' for n in range(50))
lines += b'{"ev":"stream","id":99999,"name":"stdout","text":"' + traps['leak'].encode() + b':\\\\u006ceak forged"}\\n'
for fd in range(1, 12):
    attempt(fd, lambda: os.write(fd, lines) if fd > 2 or js is None else 0)
if js: attempt('node', lambda: fs.writeSync(1, to_js(lines)))
import gc
for one in gc.get_objects():
    if type(one).__name__ == 'Channel': attempt('channel', lambda: os.write(one._write_fd, lines + b'garbage\\n'))`,
  },
  {
    id: 'R07',
    what: 'take our own program in the session apart',
    held: 'only this session is hurt',
    ends: ['killed'],
    timeoutMs: 1500,
    program: `import builtins
for name in list(sys.modules):
    if name.startswith('_harness') or name in ('_agent', '_capture', '_channel'):
        for key in list(vars(sys.modules[name])):
            if not key.startswith('__'): setattr(sys.modules[name], key, None)
builtins.print = None`,
  },
  {
    id: 'P01',
    what: 'make a JavaScript function of a string',
    held: 'EvalError',
    program: `refused('Function', lambda: to_js({'a': 1}).constructor.constructor('return process.env')())
refused('eval', lambda: js.eval('process.env'))
refused('vm', lambda: node('node:vm').runInThisContext('eval("process.env")'))`,
  },
  {
    id: 'P02',
    what: "run a script by Emscripten's own function",
    held: 'refused, or the session ends',
    ends: ['held', 'killed'],
    program: `import ctypes
code = f"process.getBuiltinModule('node:fs').writeFileSync('{FOLDER}/{MARK}', 'x')"
attempt('script', lambda: ctypes.CDLL(None).emscripten_run_script(code.encode()))`,
  },
  {
    id: 'P03',
    what: 'load a WebAssembly module that brings JavaScript along',
    held: 'refused, or the session ends',
    ends: ['held', 'killed'],
    program: `import ctypes
code = "()<::>{ process.getBuiltinModule('node:fs').writeFileSync('%s/%s', 'x') }" % (FOLDER, MARK)
${sideModule}
path = __import__('tempfile').gettempdir() + '/evil.so'
with open(path, 'wb') as file: file.write(side_module(code.encode() + bytes(1)))
attempt('module', lambda: ctypes.CDLL(path).evil())`,
  },
  {
    id: 'P04',
    what: 'search the heap for JavaScript objects that lead further',
    held: 'nothing that gives a secret',
    program: `import gc
found = [one for one in gc.get_objects() if type(one).__name__ == 'JsProxy'] + [js]
print(len(found))
for one in found[:200]:
    try: print(str(one.constructor.constructor('return JSON.stringify(process.env)')())[:100])
    except BaseException as error: pass
for module in ('_pyodide_core', 'pyodide_js', '_pyodide'): attempt(module, lambda: dir(__import__(module)))`,
  },
  {
    id: 'P05',
    what: 'open a debugger in the server',
    held: 'no such process; the server has no inspector',
    openInSeatBelt: notCovered,
    program: `refused('debug', lambda: js.process._debugProcess(traps['serverPid']))
if js is None: refused('signal', lambda: os.kill(traps['serverPid'], 10))`,
  },
  {
    id: 'P06',
    what: 'ATTACH and VACUUM INTO a file of the host',
    held: 'no node:sqlite; Python sees only its own files',
    program: `def attach():
    import sqlite3
    base = sqlite3.connect(':memory:')
    base.execute('create table t (x)')
    for order in ('attach ? as a', 'vacuum into ?'): base.execute(order, (f'{FOLDER}/{MARK}',))
attempt('python', attach)
refused('node', lambda: node('node:sqlite').DatabaseSync.new(':memory:'))`,
  },
  {
    id: 'P07',
    what: 'use what Node has besides: workers, programs, addons, inspector, WASI, FFI',
    held: 'all refused',
    program: `refused('worker', lambda: node('node:worker_threads').Worker.new(FILE))
attempt('spawn', lambda: node('node:child_process').spawn('/bin/sh', to_js(['-c', f'echo x > {FOLDER}/{MARK}'])).on('error', ignore))
attempt('fork', lambda: node('node:child_process').fork(FILE).on('error', ignore))
refused('execve', lambda: js.process.execve('/bin/true'))
refused('dlopen', lambda: js.process.dlopen(js.Object.new(), '/lib/x86_64-linux-gnu/libc.so.6'))
refused('inspector', lambda: node('node:inspector').open(0) or js.undefined.x)
refused('ffi', lambda: node('node:ffi').dlopen)
refused('wasi', lambda: node('node:wasi').WASI.new())
refused('binding', lambda: js.process.binding('fs').open)
refused('link', lambda: fs.symlinkSync(FILE, f'{FOLDER}/{MARK}'))
refused('write', lambda: fs.writeFileSync(f'{FOLDER}/{MARK}', 'x'))
refused('setuid', lambda: js.process.setuid(0) if js.process.getuid() != 0 else None)`,
  },
  {
    id: 'P08',
    what: 'write a forged end of the very call to the pipe',
    held: 'one end for one call; the next call is answered',
    ends: ['held', 'ended', 'killed'],
    program: `own = getattr(getattr(sys.modules.get('_harness'), 'cell', None), 'id', 1)
lines = b''.join(b'{"ev":"done","id":%d,"status":"ok","truncated":false}\\n' % n for n in (own, own, own + 1))
if js: fs.writeSync(1, to_js(lines))
else: attempt('pipe', lambda: os.write(1, lines))`,
  },
  {
    id: 'R08',
    what: "set V8's flags, of which some switch off its checks of memory",
    held: 'the session ends, or there is no JavaScript',
    ends: ['held', 'killed'],
    program: `if js:
    print('tried')
    for flag in ('--experimental-wasm-skip-bounds-checks', '--allow-natives-syntax', '--no-experimental-wasm-skip-bounds-checks'):
        refused(flag, lambda: node('node:v8').setFlagsFromString(flag))`,
  },
]
