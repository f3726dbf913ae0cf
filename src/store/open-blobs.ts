import { join } from 'node:path'
import type { BlobStore } from './blobs.ts'
import { openFolderBlobs } from './blobs-folder.ts'

/** What of the settings says where contents are. */
export interface Place {
  dataDir: string
}

/** The store of the contents that belongs to a data folder: the folder `files` in it. */
export async function openBlobs({ dataDir }: Place): Promise<BlobStore> {
  return openFolderBlobs(join(dataDir, 'files'))
}
