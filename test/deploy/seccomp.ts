/**
 * What engines forbid containers that have no capabilities: namespaces and mounts. A seccomp program as `bwrap --seccomp`
 * takes it. Their own lists are longer; these are the calls on which the choice of the code interpreter's sandbox hangs.
 */
export function containerFilter(machine: string): Uint8Array {
  const calls = numbers[machine]
  if (!calls) throw new Error(`no system call numbers for ${machine}`)
  const [load, ifEqual, ifAny, give] = [0x20, 0x15, 0x45, 0x06]
  const [allowed, refused, unknown] = [0x7fff0000, 0x00050001, 0x00050026]
  const namespaceFlags = 0x7e020000
  const code = [
    [load, 0, 0, 0],
    ...calls.refused.flatMap((call) => [
      [ifEqual, 0, 1, call],
      [give, 0, 0, refused],
    ]),
    [ifEqual, 0, 1, clone3],
    [give, 0, 0, unknown],
    [ifEqual, 0, 3, calls.clone],
    [load, 0, 0, 16],
    [ifAny, 0, 1, namespaceFlags],
    [give, 0, 0, refused],
    [give, 0, 0, allowed],
  ]
  const bytes = new DataView(new ArrayBuffer(code.length * 8))
  for (const [index, [operation = 0, ifTrue = 0, ifFalse = 0, value = 0]] of code.entries()) {
    bytes.setUint16(index * 8, operation, true)
    bytes.setUint8(index * 8 + 2, ifTrue)
    bytes.setUint8(index * 8 + 3, ifFalse)
    bytes.setUint32(index * 8 + 4, value, true)
  }
  return new Uint8Array(bytes.buffer)
}

const clone3 = 435

/** clone, and: unshare, setns, mount, umount2, pivot_root, and open_tree to mount_setattr. */
const numbers: Record<string, { clone: number; refused: number[] }> = {
  x64: { clone: 56, refused: [272, 308, 165, 166, 155, 428, 429, 430, 431, 432, 433, 442] },
  arm64: { clone: 220, refused: [97, 268, 40, 39, 41, 428, 429, 430, 431, 432, 433, 442] },
}
