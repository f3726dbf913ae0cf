import { join } from 'node:path'
import type { BlobStore } from './blobs.ts'
import { openFolderBlobs } from './blobs-folder.ts'

/** The settings that say where contents are. */
export interface Place {
  dataDir: string
}

/** Opens the store of contents of a data folder, which is its folder `files`. */
export async function openBlobs({ dataDir }: Place): Promise<BlobStore> {
  return openFolderBlobs(join(dataDir, 'files'))
}
