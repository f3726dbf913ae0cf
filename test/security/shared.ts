/** Something that two sessions on one kernel share, and what one may try to do with it to the other. */
export interface Shared {
  id: string
  what: string
  /** What must be observed. */
  held: string
  /** Python of the first session: what it has or takes. It goes on having it. */
  first: string
  /** Python of the second one: what it sees of that. `OTHERS` are the processes of the first and of the server. */
  second: string
  /** Python of the first one again. */
  again?: string
  /** Why it is not tried where only Node's permission model holds. */
  openInSeatBelt?: string
}

/** Everything of that kind; what takes no more than one session to try is in the other lists. */
export const shared: Shared[] = [
  {
    id: 'T01',
    what: 'read and write terminals of each other, and take all that there are',
    held: 'none of the other is there, and few can be had',
    first: `terminal = None
def own():
    global terminal
    import tty
    terminal = os.openpty()
    tty.setraw(terminal[1])
    os.write(terminal[0], b'x')
    return os.ttyname(terminal[1])
attempt('own', own)`,
    second: `import glob
def look(path):
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    leak('a terminal', path)
for path in glob.glob('/dev/pts/[0-9]*') + ['/dev/pts/0', '/dev/pts/1'] + ([] if js else ['/dev/tty', '/dev/console']): attempt(path, lambda: look(path))
many = []
def take():
    while True: many.append(os.openpty())
attempt('all', take)
if len(many) > 64: leak(len(many), 'terminals')`,
    again: `if terminal: attempt('another', lambda: [os.close(fd) for fd in os.openpty()])
def more():
    try: os.openpty()
    except OSError as error: leak('no terminals are left', error)
if terminal: more()`,
  },
  {
    id: 'T02',
    what: 'watch the files that others use: inotify, F_NOTIFY, fanotify, leases',
    held: 'each refused',
    first: `import ctypes
if not js:
    import fcntl
    libc = ctypes.CDLL(None, use_errno=True)
    def call(name, *numbers):
        number = numbers[os.uname().machine == 'aarch64']
        return lambda *arguments: -1 if number < 0 else libc.syscall(number, *arguments)
    def made(what, fd):
        if fd != -1: leak('a watch by', what)
        return os.strerror(ctypes.get_errno())
    attempt('inotify', lambda: made('inotify', libc.inotify_init()))
    attempt('inotify_init1', lambda: made('inotify_init1', libc.inotify_init1(0)))
    attempt('fanotify', lambda: made('fanotify', call('fanotify_init', 300, 262)(0x200, 0)))
    for path in ('/usr/bin', '/usr/lib', os.path.dirname(os.__file__), '/mnt/data'):
        def notify(): leak('F_NOTIFY', fcntl.fcntl(os.open(path, os.O_RDONLY), fcntl.F_NOTIFY, 0x8000003f - (1 << 32)))
        attempt(path, notify)
    for path in (os.__file__, '/mnt/data/leased'):
        open('/mnt/data/leased', 'w').close()
        def lease(): leak('a lease', fcntl.fcntl(os.open(path, os.O_RDONLY), 1024, fcntl.F_RDLCK))
        attempt(path, lease)
else:
    for path in ('/usr/bin', '/usr/lib'): refused(path, lambda: fs.watch(path, ignore))`,
    second: `shell('ls /usr/bin')`,
  },
  {
    id: 'T03',
    what: 'lock files that both can read',
    held: 'the other session and the host can lock them all the same',
    first: `LOCKED = []
if not js:
    import fcntl
    for path in (os.__file__, '/usr/bin/env', '/etc/ld.so.cache'):
        attempt(path, lambda: LOCKED.append(open(path)))
    for file in LOCKED:
        attempt(file.name, lambda: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB))
        attempt(file.name, lambda: fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB))`,
    second: `if not js:
    import fcntl, struct
    def other(path):
        file = open(path)
        try: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError: leak('a lock on', path)
        except OSError as error: print(error)
        # Behind Landlock a record lock to read can be seen. docs/security.md says so.
        if not traps['namespaces']: return
        wanted = struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0)
        if struct.unpack('hhqqi4x', fcntl.fcntl(file, fcntl.F_GETLK, wanted))[0] != fcntl.F_UNLCK: leak('a record lock on', path)
    for path in (os.__file__, '/usr/bin/env', '/etc/ld.so.cache'): attempt(path, lambda: other(path))`,
  },
  {
    id: 'T04',
    what: 'meet by a name: sockets, message queues, semaphores, shared memory, keys, files',
    held: 'nobody is there',
    first: `import ctypes, socket
if not js:
    libc = ctypes.CDLL(None, use_errno=True)
    name = MARK.encode()
    def listen():
        global listener
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(b'\\0' + name)
        listener.listen()
    attempt('socket', listen)
    attempt('queue', lambda: libc.mq_open(b'/' + name, 0o102, 0o666, None))
    attempt('semaphore', lambda: libc.sem_open(b'/' + name, 0o100, 0o666, 1))
    attempt('memory', lambda: libc.shm_open(b'/' + name, 0o102, 0o666))
    attempt('old memory', lambda: libc.shmget(4711, 4096, 0o1666))
    attempt('key', lambda: libc.syscall(248, b'user', name, b'x', 1, -4))
for folder in ('/mnt/data', '/tmp', '/dev/shm', '/var/tmp', '/run'): attempt(folder, lambda: open(f'{folder}/{MARK}', 'w').write('x'))`,
    second: `import ctypes, socket
if not js:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.sem_open.restype = ctypes.c_void_p
    name = MARK.encode()
    attempt('socket', lambda: (socket.socket(socket.AF_UNIX).connect(b'\\0' + name), leak('a socket')))
    for what, found in (('a queue', libc.mq_open(b'/' + name, 0) != -1), ('a semaphore', libc.sem_open(b'/' + name, 0)),
        ('memory', libc.shm_open(b'/' + name, 2, 0) != -1), ('old memory', libc.shmget(4711, 0, 0) != -1),
        ('a key', libc.syscall(249, b'user', name, 0, 0) != -1)):
        if found: leak(what)
for folder in ('/mnt/data', '/tmp', '/dev/shm', '/var/tmp', '/run'):
    if os.path.exists(f'{folder}/{MARK}'): leak('a file in', folder)`,
  },
  {
    id: 'T05',
    what: 'reach each other and their supervisors as processes: signals, priorities, processors, limits, memory',
    held: 'refused; as the host sees it nothing has changed',
    openInSeatBelt: 'the permission model does not cover signals',
    first: `print('here')`,
    second: `if not js:
    import ctypes, resource, signal
    libc = ctypes.CDLL(None, use_errno=True)
    for pid in [pid for pid in (*OTHERS, os.getppid()) if pid > 1]:
        for name, f in (('signal', lambda: os.kill(pid, 0)), ('processors', lambda: os.sched_setaffinity(pid, {0})),
            ('idle', lambda: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))),
            ('nice', lambda: os.setpriority(os.PRIO_PROCESS, pid, 19)),
            ('limits', lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (16, 16))),
            ('descriptors', lambda: os.open(f'/proc/{pid}/fd/0', os.O_RDONLY)),
            ('memory', lambda: open(f'/proc/{pid}/mem', 'rb')), ('maps', lambda: open(f'/proc/{pid}/maps').read(1)),
            ('a handle', lambda: signal.pidfd_send_signal(os.pidfd_open(pid), 0))): refused(f'{name} of {pid}', f)
        if os.uname().machine == 'x86_64':
            for name, arguments in {'ioprio': (251, 1, pid, 3 << 13), 'ptrace': (101, 16, pid, 0, 0), 'core scheduling': (157, 62, 2, pid, 0, 0)}.items():
                if libc.syscall(*arguments) != -1: leak(name, 'of', pid)
    for pid in OTHERS:
        if os.path.exists(f'/proc/{pid}/status') and traps['namespaces']: leak('a process')
else:
    for pid in OTHERS: refused(pid, lambda: js.process.kill(pid, 0))`,
  },
  {
    id: 'T06',
    what: "use up what the kernel counts for their user: processes, signals, locked memory, queues, pipes' sizes",
    held: 'the other one still has its own',
    first: `if not js:
    import ctypes, fcntl, mmap, time
    libc = ctypes.CDLL(None, use_errno=True)
    hog = []
    timer = ctypes.c_void_p()
    # Each keeps a signal ready.
    attempt('signals', lambda: [libc.timer_create(1, None, ctypes.byref(timer)) for _ in range(200_000)].count(0))
    def lock():
        memory = mmap.mmap(-1, 64 << 20)
        return libc.mlock(ctypes.byref(ctypes.c_char.from_buffer(memory)), 64 << 20)
    attempt('memory', lock)
    attempt('queues', lambda: [libc.mq_open(b'/q%d' % n, 0o102, 0o666, None) for n in range(300)].count(-1))
    def pipes():
        for _ in range(100): hog.append(os.pipe())
        for pipe in hog: fcntl.fcntl(pipe[0], 1031, 1 << 20)
        leak('pipes of a megabyte')
    attempt('pipes', pipes)
    def processes():
        global children
        children = []
        while True:
            pid = os.fork()
            if pid == 0:
                time.sleep(30)
                os._exit(0)
            children.append(pid)
    attempt('processes', processes)`,
    second: `if not js:
    import ctypes, mmap, subprocess
    libc = ctypes.CDLL(None, use_errno=True)
    timer = ctypes.c_void_p()
    def own():
        subprocess.run(['true'], check=True)
        if libc.timer_create(1, None, ctypes.byref(timer)): raise OSError('no signal')
        memory = mmap.mmap(-1, 4096)
        if libc.mlock(ctypes.byref(ctypes.c_char.from_buffer(memory)), 4096): raise OSError('no memory to lock')
        os.close(os.pipe()[0])
    try: own()
    except OSError as error: leak('nothing is left:', error)`,
    again: `if not js:
    for pid in children:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    for pipe in hog: os.close(pipe[0]), os.close(pipe[1])`,
  },
  {
    id: 'T07',
    what: 'see from what is in memory, or is not, which files the other one reads',
    held: 'the kernel does not say',
    first: `open(os.__file__).read() if not js else None`,
    second: `if not js:
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    fd = os.open('/usr/bin/env', os.O_RDONLY)
    def call(number, *arguments):
        if libc.syscall(number, *arguments) != -1: leak('system call', number)
        return os.strerror(ctypes.get_errno())
    answer = ctypes.create_string_buffer(4096)
    if os.uname().machine == 'x86_64':
        page = libc.mmap
        page.restype = ctypes.c_void_p
        place = page(None, ctypes.c_size_t(4096), 1, 1, fd, ctypes.c_long(0))
        attempt('mincore', lambda: call(27, ctypes.c_void_p(place), 4096, answer))
        attempt('cachestat', lambda: call(451, fd, ctypes.create_string_buffer(16), answer, 0))
    if hasattr(os, 'RWF_NOWAIT'): refused('without waiting', lambda: os.preadv(fd, [bytearray(10)], 0, os.RWF_NOWAIT))`,
  },
  {
    id: 'T08',
    what: 'read what the kernel counts and says of the whole machine',
    held: 'nothing of how it was started, of its interrupts, disks, locks and pressure, and no number of this boot',
    first: `print('here')`,
    second: `import glob
for name in ('cmdline', 'config.gz', 'sys/kernel/random/boot_id', 'interrupts', 'softirqs', 'diskstats', 'locks', 'keys', 'key-users',
    'vmstat', 'zoneinfo', 'schedstat', 'timer_list', 'modules', 'kallsyms', 'pressure/cpu', 'pressure/memory', 'sys/fs/file-nr',
    'sys/fs/inode-nr', 'sys/kernel/pty/nr', '../sys/kernel/uevent_seqnum', '../sys/class/net/lo/address'):
    path = '/proc/' + name
    def look():
        if open(path, 'rb').read(100): leak(path)
    def node_look():
        if fs.readFileSync(path, 'latin1'): leak(path)
    attempt(path, node_look if js else look)
import socket
if not js:
    for fd in range(3, 64):
        try: peer = socket.socket(fileno=os.dup(fd))
        except OSError: continue
        def who():
            import struct
            if struct.unpack('3i', peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0] > 0: leak('the process of the server')
        attempt(fd, who)`,
  },
  {
    id: 'T09',
    what: 'open protocols and give programs to the kernel that sessions have no use for',
    held: 'each refused',
    first: `print('here')`,
    second: `import socket
if not js:
    for name, arguments in {'MPTCP': (2, 1, 262), 'MPTCP 6': (10, 1, 262), 'SCTP': (2, 1, 132), 'SMC': (2, 1, 256), 'UDP-Lite': (2, 2, 136),
        'UDP-Lite 6': (10, 2, 136), 'ICMP': (2, 2, 1), 'L2TP': (2, 2, 115)}.items(): refused(name, lambda: socket.socket(*arguments))
    pair = socket.socketpair()
    # One instruction: take all.
    import ctypes, struct
    code = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 0xffff))
    program = struct.pack('HxxxxxxP', 1, ctypes.addressof(code))
    for option in (26, 50, 51, 52): refused(f'option {option}', lambda: pair[0].setsockopt(socket.SOL_SOCKET, option, program))
    before = pair[0].getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    attempt('buffer', lambda: pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20))
    if pair[0].getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) > before: leak('a larger buffer')
    import tempfile
    attempt('vmsplice', lambda: ctypes.CDLL(None, use_errno=True).vmsplice(os.pipe()[1], ctypes.create_string_buffer(16), 1, 0) != -1 and leak('vmsplice'))`,
  },
  {
    id: 'T10',
    what: 'leave a core dump to the program that the machine keeps for them',
    held: 'as the host sees it, none is made of any process, whatever limit it sets',
    first: `print('here')`,
    second: `if not js:
    import resource, subprocess
    for limit in ((0, 0), (0, 1), (1 << 30, 1 << 30)): attempt(limit, lambda: resource.setrlimit(resource.RLIMIT_CORE, limit))
    attempt('prlimit', lambda: resource.prlimit(0, resource.RLIMIT_CORE, (0, 0)))
    shell('ulimit -c 0')
    child = subprocess.Popen(['sh', '-c', 'ulimit -c 0; sleep 20'])`,
    again: `print('here')`,
  },
]
