import type { Attempt } from './attempt.ts'

const notCovered = 'the permission model does not cover signals'

/** Processes, privileges and the kernel itself. */
export const kernelAttempts: Attempt[] = [
  {
    id: 'K01',
    what: 'start a shell',
    held: 'none, or one that is inside the sandbox and nobody',
    program: `shell('id -u')
shell(f'echo x > {FOLDER}/{MARK}')
if not js:
    import subprocess
    if subprocess.run(['id', '-u'], capture_output=True, text=True).stdout.strip() == '0': leak('root')
attempt('system', lambda: os.system(f'cat {FILE}') if not js else None)`,
  },
  {
    id: 'K02',
    what: 'signal the server, a process of the same user, the parent, all',
    held: 'all out of reach, or the session ends alone',
    ends: ['held', 'killed'],
    openInSeatBelt: notCovered,
    program: `for pid in (traps['serverPid'], traps['victimPid']):
    refused(pid, lambda: os.kill(pid, 9))
    if js: refused(pid, lambda: js.process.kill(pid, 9))
for pid in (os.getppid(), 1, -1):
    attempt(pid, lambda: os.kill(pid, 0 if pid == -1 else 9))
    if js: attempt(pid, lambda: js.process.kill(pid, 0))`,
  },
  {
    id: 'K03',
    what: 'make namespaces, mount, change the root',
    held: 'all refused',
    program: `import subprocess
for command in (['unshare', '-Ur', 'true'], ['unshare', '-Urnm', 'mount', '-t', 'tmpfs', 'x', '/mnt'],
    ['mount', '-t', 'proc', 'p', '/mnt'], ['chroot', '/', 'true'], ['nsenter', '-t', '1', '-m', 'true']):
    refused(command, lambda: subprocess.run(command, check=True, capture_output=True, timeout=5))`,
  },
  {
    id: 'K04',
    what: 'call the parts of the kernel that exploits start from',
    held: 'each refused',
    program: `import ctypes
numbers = {'x86_64': dict(ptrace=101, process_vm_readv=310, bpf=321, perf_event_open=298, userfaultfd=323, keyctl=250,
    io_uring_setup=425, unshare=272, setns=308, mount=165, memfd_create=319, kexec_load=246, init_module=175,
    open_by_handle_at=304, pidfd_getfd=438, fsopen=430, clone3=435, chroot=161, reboot=169, shmget=29)}
numbers['aarch64'] = dict(ptrace=117, bpf=280, perf_event_open=241, userfaultfd=282, keyctl=219, io_uring_setup=425,
    unshare=97, setns=268, mount=40, memfd_create=279, fsopen=430, clone3=435, chroot=51)
libc = ctypes.CDLL(None, use_errno=True)
def call(number):
    if libc.syscall(number, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() not in (1, 38):
        leak('system call', number, ctypes.get_errno())
    return ctypes.get_errno()
for name, number in numbers.get(os.uname().machine, {}).items(): attempt(name, lambda: call(number))
if not js:
    if libc.syscall(0x40000000 + 39) != -1 and os.uname().machine == 'x86_64': leak('x32')`,
  },
  {
    id: 'K05',
    what: 'look for privileges: user, capabilities, no_new_privs, seccomp',
    held: 'nobody, none, set, filtered; the host looks at every process as well',
    program: `def status():
    lines = dict(line.split(':', 1) for line in open('/proc/self/status').read().splitlines())
    # Only root can empty the bounding set, which bounds what no_new_privs keeps from being gained.
    for name in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb') + (('CapBnd',) if traps['namespaces'] else ()):
        if int(lines[name], 16): leak(name, lines[name])
    if lines['NoNewPrivs'].strip() != '1' or lines['Seccomp'].strip() != '2': leak('privileges')
    if '0' in lines['Uid'].split() + lines['Gid'].split() + lines['Groups'].split(): leak('root')
    return lines['Seccomp']
attempt('status', status)
for name in ('setuid', 'setgid'): attempt(name, lambda: (getattr(os, name)(0), None if js else leak(name)))`,
  },
  {
    id: 'K06',
    what: "open the kernel's switches and memory",
    held: 'none opens',
    program: `import stat
for path in ('/proc/sys/kernel/core_pattern', '/proc/sys/user/max_user_namespaces', '/proc/sysrq-trigger',
    '/sys/kernel/uevent_helper', '/sys/fs/cgroup/release_agent', '/sys/fs/cgroup/cgroup.procs'):
    refused(path, lambda: os.close(os.open(path, os.O_WRONLY)))
    if js: refused(path, lambda: fs.openSync(path, 'r+'))
for path in ('/proc/kcore', '/proc/kallsyms', '/dev/mem'):
    def look():
        found = open(path, 'rb').read(4096)
        if found.strip(b'0') and not found.startswith(b'0' * 16): leak(path)
    attempt(path, look)`,
  },
  {
    id: 'K07',
    what: 'use setuid programs, also one of its own',
    held: 'they have no effect',
    program: `import shutil, subprocess
if not js:
    own = '/mnt/data/own-id'
    shutil.copy(shutil.which('id'), own)
    attempt('chmod', lambda: os.chmod(own, 0o6755))
    for command in ([own, '-u'], ['su', '-c', 'id -u'], ['sudo', '-n', 'id', '-u']):
        def run():
            said = subprocess.run(command, capture_output=True, text=True, timeout=5, stdin=subprocess.DEVNULL).stdout
            if said.strip() == '0': leak(command)
            return said
        attempt(command, run)
    os.remove(own)
else: shell('su -c id')`,
  },
  {
    id: 'K08',
    what: "type into the server's terminal",
    held: 'there is none, or it is refused',
    program: `def type_into(fd):
    import fcntl, termios
    fcntl.ioctl(fd, termios.TIOCSTI, b'x')
    leak('typed')
attempt('tty', lambda: type_into(os.open('/dev/tty', os.O_RDWR)))
for fd in (0, 1, 2): attempt(fd, lambda: type_into(fd))
if js: refused('node', lambda: fs.writeSync(fs.openSync('/dev/tty', 'r+'), 'x'))
if not js:
    import pty
    def own_terminal():
        main, other = pty.openpty()
        type_into(other)
    attempt('a terminal of its own', own_terminal)`,
  },
]
