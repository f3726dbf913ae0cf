import type { Attempt } from './attempt.ts'

/** Taking more than one's share. Every one may cost its session, none more than that. */
export const resourceAttempts: Attempt[] = [
  {
    id: 'M01',
    what: 'take all memory',
    held: 'MemoryError or killed',
    ends: ['held', 'killed'],
    program: `hog = []
try:
    while True: hog.append(bytearray(50 << 20))
except MemoryError:
    taken, hog = len(hog) * 50, None
    print('MemoryError at', taken, 'MB')
    if taken > 700: leak('memory')`,
  },
  {
    id: 'M02',
    what: 'start processes without end',
    held: 'at most 64',
    program: `import time
children = []
try:
    for _ in range(2000):
        pid = os.fork()
        if pid == 0:
            time.sleep(30)
            os._exit(0)
        children.append(pid)
except BaseException as error: print(type(error).__name__, len(children))
for pid in children:
    os.kill(pid, 9)
    os.waitpid(pid, 0)
if len(children) > 64: leak(len(children), 'processes')`,
  },
  {
    id: 'M03',
    what: 'start threads without end',
    held: 'at most 64',
    program: `import threading
started, stop = [], threading.Event()
try:
    for _ in range(2000):
        thread = threading.Thread(target=stop.wait, daemon=True)
        thread.start()
        started.append(thread)
except BaseException as error: print(type(error).__name__, len(started))
stop.set()
for thread in started: thread.join()
if len(started) > 64: leak(len(started), 'threads')`,
  },
  {
    id: 'M04',
    what: 'fill every folder that can be written to, with bytes and with empty files',
    held: 'each stops at its size and at a number of files, or the session ends',
    ends: ['held', 'killed'],
    program: `part = bytes(1 << 20)
for folder in ('/mnt/data', '/tmp', '/dev/shm'):
    written = 0
    try:
        with open(folder + '/hog', 'wb') as file:
            while written < 256: written += file.write(part) >> 20
    except OSError as error: print(folder, written, error)
    if written > traps['disk'] + 1: leak(folder, 'took', written, 'MB')
    try: os.remove(folder + '/hog')
    except OSError: pass
def many():
    import shutil
    os.makedirs('/tmp/empty')
    try:
        for n in range(300_000): os.mknod(f'/tmp/empty/{n}')
        leak('files without a limit')
    finally: shutil.rmtree('/tmp/empty')
# Those of Pyodide are objects of V8, whose heap is limited.
if not js: attempt('empty files', many)`,
  },
  {
    id: 'M05',
    what: 'print without end',
    truncated: true,
    held: 'cut off; ended by the time limit',
    ends: ['KeyboardInterrupt'],
    timeoutMs: 1500,
    program: `while True: print('x' * 100_000)`,
  },
  {
    id: 'M06',
    what: 'compute without end',
    held: 'interrupted, state kept',
    ends: ['KeyboardInterrupt'],
    timeoutMs: 200,
    program: `kept_by_M06 = 41
while True: pass`,
    kept: { expression: 'kept_by_M06 + 1', value: '42' },
  },
  {
    id: 'M07',
    what: 'ignore the interrupt',
    held: 'killed after the grace time',
    ends: ['killed'],
    timeoutMs: 200,
    program: `import signal, time
try: signal.signal(signal.SIGINT, signal.SIG_IGN)
except BaseException: pass
while True:
    try: time.sleep(1)
    except BaseException: pass`,
  },
  {
    id: 'M08',
    what: 'compute inside of a regular expression',
    held: 'interrupted or killed',
    ends: ['KeyboardInterrupt', 'killed'],
    timeoutMs: 200,
    program: `import re
re.match('(a|a)*$', 'a' * 64 + 'b')`,
  },
  {
    id: 'M09',
    what: 'compute inside of one number',
    held: 'interrupted or killed',
    ends: ['KeyboardInterrupt', 'killed'],
    timeoutMs: 200,
    program: `n = 7 ** (10 ** 9)`,
  },
  {
    id: 'M10',
    what: 'unpack a zip bomb and keep what was in it',
    held: 'stops when the disk is full, or only this session ends',
    ends: ['held', 'killed'],
    program: `import io, time, zipfile
packed = io.BytesIO()
with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED, compresslevel=1) as bomb:
    for n in range(8): bomb.writestr(f'bomb/{n}', bytes(16 << 20))
try:
    zipfile.ZipFile(packed).extractall('/mnt/data')
    # Behind Landlock the disk is counted ten times a second.
    time.sleep(2)
    leak('no limit')
except OSError as error: print(error)
import shutil
shutil.rmtree('/mnt/data/bomb', ignore_errors=True)`,
  },
  {
    id: 'M11',
    what: 'recurse without end',
    held: 'RecursionError or interrupted, or only this session ends',
    ends: ['RecursionError', 'MemoryError', 'KeyboardInterrupt', 'killed'],
    timeoutMs: 500,
    program: `sys.setrecursionlimit(10 ** 8)
def deeper(n): return deeper(n + 1) + 1
deeper(0)`,
  },
  {
    id: 'M12',
    what: 'leave 20,000 files and one with a long name',
    held: 'the host takes as many as it allows, or only this session ends',
    ends: ['held', 'killed'],
    program: `os.makedirs('/mnt/data/many', exist_ok=True)
open('/mnt/data/' + 'n' * 200 + '.txt', 'w').write('x')
for n in range(20_000): open(f'/mnt/data/many/{n}', 'w').close()
print(len(os.listdir('/mnt/data/many')))`,
  },
]
