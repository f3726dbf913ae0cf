/**
 * Control characters, marks that turn the direction of text (they make `exe.txt` of `txt.exe`), ends of lines, what is no
 * text, and the separator of another system: no part of a name that is shown and compared.
 */
const misleading =
  // oxlint-disable-next-line no-control-regex -- these are what is not allowed
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd\\]/g

/** A path relative to /mnt/data that may be shown and compared: at most three plain segments. */
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

/** One segment made of a name that comes from strangers: no leading dot, at most 200 bytes. */
export function sandboxName(filename: string): string {
  let name = filename.split(/[/\\]/).at(-1)!.replaceAll(misleading, '').replace(/^\.+/, '')
  while (Buffer.byteLength(name) > 200) name = name.slice(0, -1)
  // Half of a character outside the basic plane is no text.
  return name.replace(/[\ud800-\udbff]$/, '') || 'file'
}
