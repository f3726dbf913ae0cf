/**
 * Characters that may not be in a name that is shown and compared: control characters, marks that change the direction
 * of text (they can make `txt.exe` look like `exe.txt`), line ends, invalid text, and the separator of another system.
 */
const misleading =
  // oxlint-disable-next-line no-control-regex -- these are what is not allowed
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd\\]/g

/** Whether a path relative to /mnt/data may be shown and compared. It has at most three plain segments. */
export function isSandboxName(name: string): boolean {
  const segments = name.split('/')
  return (
    Buffer.byteLength(name) <= 512 &&
    segments.length <= 3 &&
    segments.every(
      (part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= 255,
    ) &&
    name.search(misleading) === -1
  )
}

/** Makes one path segment from an untrusted name: without leading dots and at most 200 bytes long. */
export function sandboxName(filename: string): string {
  let name = filename.split(/[/\\]/).at(-1)!.replaceAll(misleading, '').replace(/^\.+/, '')
  while (Buffer.byteLength(name) > 200) name = name.slice(0, -1)
  // Half of a surrogate pair is not valid text.
  return name.replace(/[\ud800-\udbff]$/, '') || 'file'
}
