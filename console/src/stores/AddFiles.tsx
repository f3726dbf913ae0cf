import { Button, Drawer, Group, NumberInput, SegmentedControl, Stack, Text } from '@mantine/core'
import { useCallback, useState } from 'react'
import { useClient } from '../api/client.ts'
import type { FileObject } from '../api/uploads.ts'
import { FileDrop } from '../parts/FileDrop.tsx'
import { PairsInput, type Pair } from '../parts/PairsInput.tsx'
import { UploadList } from '../parts/UploadList.tsx'
import { useUploads } from '../parts/use-uploads.ts'
import { attributesOf } from './attributes.ts'
import { ExistingFiles } from './ExistingFiles.tsx'

interface Props {
  storeId: string
  opened: boolean
  onClose: () => void
  onAdded: () => void
}

/** Puts files into a store: new ones by dropping them, or files that the server has already. */
export function AddFiles({ opened, onClose, ...props }: Props) {
  return (
    <Drawer opened={opened} onClose={onClose} position="right" size={520} title="Add files to the store">
      <Fields {...props} onClose={onClose} />
    </Drawer>
  )
}

function Fields({ storeId, onAdded, onClose }: Omit<Props, 'opened'>) {
  const client = useClient()
  const [attributes, setAttributes] = useState<Pair[]>([])
  const [cut, setCut] = useState<'auto' | 'static'>('auto')
  const [size, setSize] = useState<number | string>(800)
  const [overlap, setOverlap] = useState<number | string>(400)

  const attach = useCallback(
    async ({ id }: Pick<FileObject, 'id'>) => {
      const given = attributesOf(attributes)
      await client.vectorStores.files.create(storeId, {
        file_id: id,
        ...(Object.keys(given).length > 0 && { attributes: given }),
        ...(cut === 'static' && {
          chunking_strategy: {
            type: 'static',
            static: { max_chunk_size_tokens: Number(size), chunk_overlap_tokens: Number(overlap) },
          },
        }),
      })
      onAdded()
    },
    [client, storeId, attributes, cut, size, overlap, onAdded],
  )
  const { uploads, add, retry, stop, clear } = useUploads(attach)

  return (
    <Stack gap="lg">
      <div>
        <Text fz="sm" fw={500} mb="xs">
          Passages
        </Text>
        <SegmentedControl
          size="xs"
          aria-label="How text is cut into passages"
          data={[
            { value: 'auto', label: 'As usual (800 tokens, 400 shared)' },
            { value: 'static', label: 'Own sizes' },
          ]}
          value={cut}
          onChange={setCut}
        />
        {cut === 'static' && (
          <Group gap="sm" mt="sm">
            <NumberInput
              label="At most, in tokens"
              min={100}
              max={4_096}
              value={size}
              onChange={setSize}
              w={150}
            />
            <NumberInput
              label="Shared with the next"
              min={0}
              max={Math.floor(Number(size) / 2)}
              value={overlap}
              onChange={setOverlap}
              w={150}
            />
          </Group>
        )}
      </div>
      <PairsInput
        label="Attributes"
        description="A search can be narrowed by them. Numbers, true and false are stored as such."
        pairs={attributes}
        onChange={setAttributes}
      />
      <div>
        <FileDrop onFiles={(files) => add(files, 'assistants')} />
        <UploadList uploads={uploads} onRetry={retry} onStop={stop} onClear={clear} />
      </div>
      <ExistingFiles attach={attach} />
      <Group justify="flex-end">
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  )
}
