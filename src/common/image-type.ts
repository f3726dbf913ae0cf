const signatures: [type: string, bytes: number[]][] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
  ['image/webp', [0x52, 0x49, 0x46, 0x46]],
]

/** How many bytes `imageTypeOf` looks at. */
export const imageSignatureBytes = 4

/** The type of a picture that models see, by how it begins. Undefined for everything else. */
export const imageTypeOf = (bytes: Uint8Array): string | undefined =>
  signatures.find(([, start]) => start.every((byte, at) => bytes[at] === byte))?.[0]
