import { useState } from 'react'
import { useClient } from '../api/client.ts'
import { purposeOf, type Attached, type Use } from './attachments.ts'

/** The files of the message that is being written. Each is uploaded as soon as it is dropped. */
export function useAttachments(likelyUseOf: (file: File) => Use) {
  const client = useClient()
  const [attached, setAttached] = useState<(Attached & { file: File })[]>([])
  const change = (key: string, changes: Partial<Attached>) =>
    setAttached((now) => now.map((one) => (one.key === key ? { ...one, ...changes } : one)))

  const upload = async (key: string, file: File, use: Use) => {
    try {
      const made = await client.files.create({ file, purpose: purposeOf(use) })
      change(key, { fileId: made.id })
    } catch (error) {
      change(key, { error: error instanceof Error ? error.message : String(error) })
    }
  }
  return {
    attached,
    isUploading: attached.some(({ fileId, error }) => fileId === undefined && error === undefined),
    add: (files: readonly File[]) => {
      for (const file of files) {
        const key = crypto.randomUUID()
        const use = likelyUseOf(file)
        setAttached((now) => [...now, { key, name: file.name, size: file.size, use, file }])
        void upload(key, file, use)
      }
    },
    setUse: ({ key, use: before }: Attached, use: Use) => {
      const again = purposeOf(before) !== purposeOf(use)
      // A picture to look at is a file of another purpose.
      setAttached((now) =>
        now.map((one) => (one.key === key ? (again ? notUploaded(one, use) : { ...one, use }) : one)),
      )
      const file = attached.find((one) => one.key === key)?.file
      if (again && file) void upload(key, file, use)
    },
    remove: (key: string) => setAttached((now) => now.filter((one) => one.key !== key)),
    clear: () => setAttached([]),
  }
}

const notUploaded = ({ key, name, size, file }: Attached & { file: File }, use: Use) => ({
  key,
  name,
  size,
  file,
  use,
})
