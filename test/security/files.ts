import type { Attempt } from './attempt.ts'

/** Secrets and files of the machine. */
export const fileAttempts: Attempt[] = [
  {
    id: 'S01',
    what: 'read the environment',
    held: 'no variable of the server',
    program: `print(dict(os.environ))
if js: attempt('node', lambda: js.JSON.stringify(js.process.env))`,
  },
  {
    id: 'S02',
    what: 'read the environment of other processes by number',
    held: 'no secret',
    program: `for pid in ('self', 1, 2, traps['serverPid'], traps['victimPid']): read(f'/proc/{pid}/environ')`,
  },
  {
    id: 'S03',
    what: 'list all processes, with environment and command line',
    held: 'only processes of the sandbox; no secret',
    program: `names = []
attempt('list', lambda: names.extend(os.listdir('/proc')))
if js: attempt('list', lambda: names.extend(fs.readdirSync('/proc').to_py()))
for name in {name for name in names if name.isdigit()}:
    read(f'/proc/{name}/environ'); read(f'/proc/{name}/cmdline')
if str(traps['victimPid']) in names or str(traps['serverPid']) in names: leak('processes of the machine', names)
if not js and len([name for name in names if name.isdigit()]) > 8: leak('processes of the machine', names)`,
  },
  { id: 'S04', what: 'read a file of the same user', held: 'not found or refused', program: `read(FILE)` },
  {
    id: 'S05',
    what: "read the machine's accounts, keys and tokens",
    held: 'none can be read',
    program: `for path in ('/etc/passwd', '/etc/shadow', '/root/.ssh/id_rsa', '/root/.ssh/id_ed25519', '/root/.npmrc',
    '/run/secrets/kubernetes.io/serviceaccount/token', '/etc/machine-id'):
    refused(path, lambda: open(path).read())
    if js: refused(path, lambda: fs.readFileSync(path, 'utf8'))
for path in ('/run/docker.sock', '/var/run/docker.sock'):
    refused(path, lambda: os.stat(path))
    if js: refused(path, lambda: fs.statSync(path))`,
  },
  {
    id: 'S06',
    what: 'reach a file through the root and cwd of /proc',
    held: 'not found or refused',
    program: `for by in ('self/root', '1/root', 'self/cwd/..', 'thread-self/root'): read(f'/proc/{by}{FILE}')`,
  },
  {
    id: 'S07',
    what: 'use descriptors that were inherited',
    held: "none leads to the server's files or sockets",
    program: `import socket, stat
def plain(found):
    # The session's own connection has no name at either end.
    if found.family != socket.AF_UNIX or found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN): leak('a socket', found)
    found.close()
for fd in range(3, 256):
    try: kind = os.fstat(fd)
    except OSError: continue
    try: target = os.readlink(f'/proc/self/fd/{fd}')
    except OSError: target = '?'
    print(fd, target, oct(kind.st_mode))
    if stat.S_ISDIR(kind.st_mode): attempt(fd, lambda: os.open('..' * 3 + FILE, os.O_RDONLY, dir_fd=fd))
    # Where there is no file system of its own, /mnt/data leads through one.
    if not js and stat.S_ISDIR(kind.st_mode) and not os.path.samestat(kind, os.stat('/mnt/data/..')): leak('a folder', target)
    if not js and stat.S_ISREG(kind.st_mode) and not target.startswith(('/mnt/data', '/tmp')): leak('a file', target)
    if not js and stat.S_ISSOCK(kind.st_mode): attempt(fd, lambda: plain(socket.socket(fileno=os.dup(fd))))
def through(fd):
    kind = fs.fstatSync(fd)
    if kind.isFile() and kind.size > 4096 and not fs.readlinkSync(f'/proc/self/fd/{fd}').endswith('.bin'): leak(fd)
    fs.ftruncateSync(fd, 1 << 20)
    leak('a file was changed')
if js:
    for fd in range(3, 64): attempt(fd, lambda: through(fd))`,
  },
  {
    id: 'S08',
    what: 'put a symbolic link to a file of the host among the results',
    held: 'it dangles, and the host does not follow it',
    notTaken: ['leads-out.txt'],
    program: `link = '/mnt/data/leads-out.txt'
attempt('link', lambda: os.symlink(FILE, link))
read(link)`,
  },
  {
    id: 'S09',
    what: 'leave the session by .. and by /tmp',
    held: 'nothing appears outside',
    program: `for path in ('/mnt/data/../../tmp/' + MARK, '/tmp/' + MARK, '/var/tmp/' + MARK, '/dev/shm/' + MARK): write(path)`,
  },
  {
    id: 'S10',
    what: 'exchange a folder of results for a link, and leave a FIFO',
    held: 'the host skips both and does not hang',
    notTaken: ['a/secret.txt', 'fifo'],
    program: `os.makedirs('/mnt/data/a/b', exist_ok=True)
attempt('exchange', lambda: (os.rename('/mnt/data/a', '/mnt/data/c'), os.symlink(FOLDER, '/mnt/data/a')))
attempt('fifo', lambda: os.mkfifo('/mnt/data/fifo'))`,
  },
  {
    id: 'S11',
    what: 'write to the system and to the interpreter',
    held: 'read only but for /mnt/data and temporary folders',
    program: `folders = ('/', '/usr', '/usr/lib', '/usr/lib/python3', '/bin', '/etc', '/proc', '/proc/sys/kernel', '/dev', '/mnt',
    '/home', FOLDER)
for folder in folders:
    if js: write(f'{folder}/{MARK}')
    else: refused(folder, lambda: open(f'{folder}/{MARK}', 'w').close())
def changed(path): open(path, 'a').close()
if not js:
    for path in (sys.executable, os.__file__, '/proc/sys/kernel/hostname'): refused(path, lambda: changed(path))
else:
    script = js.process.argv[1]
    refused(script, lambda: fs.appendFileSync(script, '//'))`,
  },
  {
    id: 'S12',
    what: 'make device nodes and look for devices',
    held: 'refused; few devices',
    program: `import stat
for name, kind, numbers in (('disk', stat.S_IFBLK, (8, 0)), ('memory', stat.S_IFCHR, (1, 1))):
    path = '/mnt/data/' + name
    def make():
        os.mknod(path, 0o666 | kind, os.makedev(*numbers))
        if not js: leak(path)
    attempt(path, make)
devices = []
attempt('list', lambda: devices.extend(os.listdir('/dev')))
print(devices)
if not js:
    for name in devices:
        if name.startswith(('sd', 'vd', 'nvme', 'mem', 'kmsg', 'kvm', 'fuse', 'net', 'loop')): leak('/dev/' + name)
if js:
    for path in ('/dev/mem', '/dev/kmsg', '/dev/sda'): refused(path, lambda: fs.openSync(path))`,
  },
]
