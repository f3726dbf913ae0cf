import type { Traps } from '../../src/sandbox/self-test/canaries.ts'

/** One thing that hostile code may try. Data: what it does is Python, whether it succeeded is the host's to say. */
export interface Attempt {
  /** S files and secrets, N network, K kernel and processes, R and P the interpreter, M resources. */
  id: string
  what: string
  /** What must be observed. */
  held: string
  /** Python, run after the prelude. Its end is told by the runner, not by the program. */
  program: string
  /**
   * How it may end, `held` unless told: `held` is the end of the program, `killed` that of the session, `ended` an end of
   * the call without that of the program; else the name of an exception.
   */
  ends?: string[]
  timeoutMs?: number
  /** What it prints must have been cut off, and the caller told so. */
  truncated?: true
  /** An expression that still has this value in the session afterwards. */
  kept?: { expression: string; value: string }
  /** Names that the host asks for afterwards, and must not get. */
  notTaken?: string[]
  /** Why it is not run where only Node's permission model holds: there it is known to succeed, or hurts other tests. */
  openInSeatBelt?: string
  /** A file that is put into the session first. */
  file?: { name: string; text: string }
}

/** What the programs are told. */
export interface Told extends Traps {
  /** Addresses of this machine, loopback first. */
  addresses: string[]
  serverPid: number
  /** Megabytes of files that a folder may hold. */
  disk: number
  /** A name that nothing outside of a session may ever bear. */
  mark: string
  /** Said by a program that got what only it can see. */
  leak: string
  /** Whether the kernel's namespaces hold the session. */
  namespaces: boolean
}

/**
 * The helpers of all programs. `attempt` shows what comes of something; `refused` reports a leak if it does not fail;
 * `node` gives a module of Node where Python runs in it. The word for a leak is nowhere in the source, so that no
 * traceback says it.
 */
export const prelude = (told: Told) => `import asyncio, json, os, sys
traps = json.loads(${JSON.stringify(JSON.stringify(told))})
LOCAL, FILE, FOLDER, MARK = traps['addresses'], traps['file'], traps['folder'], traps['mark']
try:
    import js
    from pyodide.ffi import create_proxy, to_js
    node = js.process.getBuiltinModule
    ignore = create_proxy(lambda *_: None)
    fs = node('node:fs')
except ImportError: js = None

def leak(*what): print(traps['leak'] + ':leak', *what)

def attempt(name, f):
    try: print(name, str(f())[:3000])
    except BaseException as error: print(name, type(error).__name__, str(error)[:200])

def refused(name, f):
    try: f()
    except BaseException as error: print(name, type(error).__name__, str(error)[:200])
    else: leak(name)

async def awaited(name, f):
    try: print(name, str(await f())[:3000])
    except BaseException as error: print(name, type(error).__name__, str(error)[:200])

def read(path):
    attempt(path, lambda: open(path, 'rb').read(4096))
    if js: attempt(path, lambda: fs.readFileSync(path, 'latin1'))

def write(path):
    def by_node(): fs.writeFileSync(path, 'x')
    def by_python():
        with open(path, 'w') as file: file.write('x')
    attempt(path, by_python)
    if js: attempt(path, by_node)

def shell(command):
    def by_node(): return node('node:child_process').spawnSync('/bin/sh', to_js(['-c', command]))
    def by_python():
        import subprocess
        return subprocess.run(command, shell=True, capture_output=True, text=True, timeout=8).stdout
    attempt(command, by_node if js else by_python)
`
