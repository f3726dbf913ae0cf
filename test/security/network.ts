import type { Attempt } from './attempt.ts'

/** Everything that leads to another program on this machine, or off it. */
export const networkAttempts: Attempt[] = [
  {
    id: 'N01',
    what: 'connect to a TCP port on loopback',
    held: 'no connection arrives',
    program: `import socket
attempt('tcp', lambda: socket.create_connection((LOCAL[0], traps['tcpPort']), 1).sendall(b'x'))
if js:
    attempt('net', lambda: node('node:net').connect(traps['tcpPort'], LOCAL[0]).on('error', ignore))
    await asyncio.sleep(0.05)`,
  },
  {
    id: 'N02',
    what: 'connect to the addresses of the machine',
    held: 'no connection arrives',
    program: `import socket
for address in LOCAL[1:]:
    attempt(address, lambda: socket.create_connection((address, traps['tcpPort']), 1).sendall(b'x'))
    if js: attempt(address, lambda: node('node:net').connect(traps['tcpPort'], address).on('error', ignore))
if js: await asyncio.sleep(0.05)`,
  },
  {
    id: 'N03',
    what: 'send UDP to loopback and to the machine',
    held: 'no datagram arrives',
    program: `import socket
def by_node(address):
    sender = node('node:dgram').createSocket('udp4')
    sender.on('error', ignore)
    sender.send('x', traps['udpPort'], address, ignore)
def by_python(address):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', (address, traps['udpPort']))
for address in LOCAL:
    attempt(address, lambda: by_python(address))
    if js: attempt(address, lambda: by_node(address))
if js: await asyncio.sleep(0.05)`,
  },
  {
    id: 'N04',
    what: 'ask for the address of a name',
    held: 'no answer',
    program: `import socket
if js:
    async def lookup():
        await node('node:dns/promises').lookup('example.com')
        leak('a name was resolved')
    await awaited('lookup', lookup)
else:
    refused('lookup', lambda: socket.getaddrinfo('example.com', 80))
attempt('resolver', lambda: open('/etc/resolv.conf').read())`,
  },
  {
    id: 'N05',
    what: "ask for a cloud's metadata, and look for interfaces",
    held: 'no route, no interface but loopback',
    program: `import socket
if js:
    async def metadata():
        await js.fetch('http://169.254.169.254/latest/meta-data/')
        leak('metadata')
    await awaited('fetch', lambda: asyncio.wait_for(metadata(), 1))
    def interfaces():
        for name in js.Object.keys(node('node:os').networkInterfaces()):
            if name != 'lo': leak('the interface', name)
    if traps['namespaces']: attempt('interfaces', interfaces)
else:
    refused('metadata', lambda: socket.create_connection(('169.254.169.254', 80), 1))
    def interfaces():
        for line in open('/proc/net/dev').read().splitlines()[2:]:
            if line.split(':')[0].strip() != 'lo': leak('the interface', line)
    attempt('interfaces', interfaces)
    attempt('names', lambda: [leak('the interface', name) for _, name in socket.if_nameindex() if name != 'lo'])`,
  },
  {
    id: 'N06',
    what: 'connect to a unix socket of the same user by its path',
    held: 'it is not there',
    program: `import socket
attempt('unix', lambda: socket.socket(socket.AF_UNIX).connect(traps['socket']))
if js:
    attempt('net', lambda: node('node:net').connect(traps['socket']).on('error', ignore))
    await asyncio.sleep(0.05)`,
  },
  {
    id: 'N07',
    what: 'connect to an abstract unix socket',
    held: 'it is not there: names belong to a network namespace',
    program: `import socket
attempt('abstract', lambda: socket.socket(socket.AF_UNIX).connect(chr(0) + traps['abstractName']))
if js:
    path = to_js({'path': chr(0) + traps['abstractName']}, dict_converter=js.Object.fromEntries)
    attempt('net', lambda: node('node:net').connect(path).on('error', ignore))
    await asyncio.sleep(0.05)`,
  },
  {
    id: 'N08',
    what: 'open raw, packet, netlink, vsock and crypto sockets',
    held: 'all refused',
    program: `import socket
families = {'raw': (2, 3), 'packet': (17, 3), 'netlink': (16, 3), 'vsock': (40, 1), 'alg': (38, 5)}
for name, (family, kind) in families.items():
    if js: attempt(name, lambda: socket.socket(family, kind))
    else: refused(name, lambda: socket.socket(family, kind))`,
  },
  {
    id: 'N09',
    what: 'fetch from JavaScript',
    held: 'it fails, or there is no JavaScript',
    program: `if js:
    for address in LOCAL: await awaited('fetch', lambda: js.fetch(f'http://{address}:{traps["tcpPort"]}/'))
else:
    refused('js', lambda: __import__('js'))`,
  },
  {
    id: 'N10',
    what: 'send with the programs of the system',
    held: 'nothing arrives',
    program: `for command in ('curl -m 1 {}', 'wget -T 1 -t 1 -O - {}', 'bash -c "exec 3<>/dev/tcp/{}"', 'ping -c 1 -W 1 {}'):
    for address in LOCAL[:2]:
        port = ('/' if 'tcp' in command else ':') + str(traps['tcpPort'])
        shell(command.format(address + ('' if 'ping' in command else port)))
if not js:
    import subprocess
    # To an address elsewhere the host cannot watch: the program must say that it failed.
    for command in ('curl -m 1 http://1.1.1.1', 'wget -T 1 -t 1 -O - http://1.1.1.1', 'ping -c 1 -W 1 1.1.1.1',
        'pip --isolated download --timeout 1 --retries 0 six'):
        refused(command, lambda: subprocess.run(command.split(), check=True, capture_output=True, timeout=8))`,
  },
]
