import { ActionIcon, Button, FileButton, Group, NativeSelect, Text, Textarea, Tooltip } from '@mantine/core'
import { Cross2Icon, FilePlusIcon, PaperPlaneIcon, StopIcon } from '@radix-ui/react-icons'
import { useMediaQuery, useWindowEvent } from '@mantine/hooks'
import { useEffect, useEffectEvent, useRef, useState, type ReactNode } from 'react'
import { bytes } from '../parts/quantities.ts'
import { Working } from '../parts/Working.tsx'
import { likelyUse, messageOf, uses, usesAsInput, type Attached, type Use } from './attachments.ts'
import { lazily } from '../parts/lazily.tsx'
import type { hasWritten } from './has-written.ts'
import classes from './Playground.module.css'
import { useAttachments } from './use-attachments.ts'
import type { NewMessage } from './start-run.ts'

const DropFiles = lazily(async () => (await import('./DropFiles.tsx')).DropFiles)

interface Props {
  /** Of the assistant that will answer: they decide what a dropped file is for. */
  tools: readonly { type: string }[]
  /** Whether the model is told what is in files, in place of tools that are given them. */
  readsFiles?: boolean
  /** Why nothing can be sent now, when somebody has to do something about it. */
  blocked: string | undefined
  /** True until it is known who will answer. */
  isLoading: boolean
  /** Given while a run works. */
  onStop: (() => void) | undefined
  isStopping: boolean
  /** True when it was sent: only then the field is emptied. */
  onSend: (message: NewMessage) => Promise<boolean>
  sendLabel: string
  /** Whether one has come to the page to write. */
  takesFocus?: boolean
  /** What stands beside the buttons. */
  extras?: ReactNode
}

/** The field for a message, its files, and the buttons that send it and stop the answer. */
export function Composer({
  tools,
  readsFiles = false,
  blocked,
  isLoading,
  onStop,
  isStopping,
  onSend,
  sendLabel,
  takesFocus = false,
  extras,
}: Props) {
  const [text, setText] = useState('')
  const [isSending, setSending] = useState(false)
  const [isAsked, setAsked] = useState(false)
  const [isDragging, setDragging] = useState(false)
  // What takes the files is loaded when they come near.
  useWindowEvent('dragenter', () => setDragging(true))
  const files = useAttachments((file) => {
    const use = likelyUse(file, tools)
    return readsFiles && use !== 'picture' ? 'text' : use
  })
  const field = useRef<HTMLTextAreaElement>(null)
  const hasKeys = useMediaQuery('(min-width: 48em)', true)
  useEffect(() => {
    const goesOn = (history.state as Partial<typeof hasWritten> | null)?.hasWritten
    if (takesFocus || goesOn) field.current?.focus()
  }, [takesFocus])
  const failed = files.attached.some(({ error }) => error !== undefined)
  const isEmpty = text.trim() === '' && files.attached.length === 0
  const waitsFor = waitingFor(isLoading, files.isUploading, onStop !== undefined)
  const mayNot = isEmpty || isSending || failed || blocked !== undefined
  const isAwaited = isAsked && !mayNot

  const send = async () => {
    if (mayNot) return
    setAsked(waitsFor !== undefined)
    if (waitsFor !== undefined) return
    setSending(true)
    try {
      if (!(await onSend(messageOf(text, files.attached)))) return
      // What was typed meanwhile stays.
      setText((now) => (now.startsWith(text) ? now.slice(text.length) : now))
      files.clear()
    } finally {
      setSending(false)
      field.current?.focus()
    }
  }
  // Whoever presses Enter while something is on its way does not press it again.
  const isDue = isAwaited && waitsFor === undefined
  const sendDue = useEffectEvent(() => void send())
  useEffect(() => {
    if (!isDue) return
    const timer = setTimeout(sendDue)
    return () => clearTimeout(timer)
  }, [isDue])
  return (
    <>
      {isDragging && <DropFiles onDrop={files.add} />}
      <div className={classes.composer}>
        {files.attached.map((one) => (
          <AttachedLine
            key={one.key}
            attached={one}
            onUse={(use) => files.setUse(one, use)}
            onRemove={() => files.remove(one.key)}
            tools={tools}
            readsFiles={readsFiles}
          />
        ))}
        <Textarea
          ref={field}
          aria-label="Message"
          placeholder={
            blocked ?? (hasKeys ? 'Message… Enter sends, Shift + Enter begins a line' : 'Message…')
          }
          variant="unstyled"
          size="md"
          autosize
          minRows={2}
          maxRows={12}
          value={text}
          onChange={({ currentTarget }) => {
            setText(currentTarget.value)
            setAsked(false)
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setAsked(false)
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
            event.preventDefault()
            void send()
          }}
          onPaste={({ clipboardData }) => {
            if (clipboardData.files.length > 0) files.add([...clipboardData.files])
          }}
        />
        <Group gap="xs">
          <FileButton multiple onChange={files.add}>
            {(props) => (
              <Tooltip label="Attach files; they can be dropped here, too">
                <ActionIcon {...props} aria-label="Attach files">
                  <FilePlusIcon />
                </ActionIcon>
              </Tooltip>
            )}
          </FileButton>
          {extras}
          <Text component="output" fz="xs" c="dimmed" className={classes.space}>
            {isAwaited ? waitsFor : text !== '' && !isLoading && blocked}
          </Text>
          {onStop ? (
            <Button leftSection={<StopIcon />} onClick={onStop} loading={isStopping} size="sm">
              Stop
            </Button>
          ) : (
            <Button
              variant="filled"
              size="sm"
              rightSection={<PaperPlaneIcon />}
              onClick={() => void send()}
              disabled={mayNot || waitsFor !== undefined}
              loading={isSending}
            >
              {sendLabel}
            </Button>
          )}
        </Group>
      </div>
    </>
  )
}

function waitingFor(isLoading: boolean, isUploading: boolean, works: boolean): string | undefined {
  if (isLoading) return 'It is sent as soon as the assistant is loaded.'
  if (isUploading) return 'It is sent as soon as the files are uploaded.'
  return works ? 'It is sent as soon as the answer is over. Esc keeps it here.' : undefined
}

interface LineProps {
  attached: Attached
  tools: readonly { type: string }[]
  readsFiles: boolean
  onUse: (use: Use) => void
  onRemove: () => void
}

function AttachedLine({ attached, tools, readsFiles, onUse, onRemove }: LineProps) {
  const { name, size, use, fileId, error } = attached
  const missing = missingTool(use, tools)
  return (
    <div className={classes.attached}>
      <Group gap="sm" wrap="nowrap">
        {fileId === undefined && error === undefined && <Working says="Uploading" />}
        <Text fz="sm" truncate title={name}>
          {name}
        </Text>
        <Text fz="xs" c="dimmed" style={{ flex: 'none' }}>
          {bytes(size)}
        </Text>
        <NativeSelect
          aria-label={`What ${name} is for`}
          data={readsFiles ? usesAsInput : uses}
          value={use}
          onChange={({ currentTarget }) => onUse(currentTarget.value as Use)}
          style={{ flex: 'none' }}
        />
        <ActionIcon aria-label={`Take ${name} away`} onClick={onRemove} ml="auto" size={22}>
          <Cross2Icon />
        </ActionIcon>
      </Group>
      {(error ?? missing) && (
        <Text fz="xs" c="var(--state-asking)" role="alert">
          {error ?? missing}
        </Text>
      )}
    </div>
  )
}

function missingTool(use: Use, tools: readonly { type: string }[]): string | undefined {
  const has = (type: string) => tools.some((tool) => tool.type === type)
  if (use === 'picture' || use === 'text') return undefined
  if (use !== 'file_search' && !has('code_interpreter')) return 'This assistant has no code interpreter.'
  if (use !== 'code_interpreter' && !has('file_search')) return 'This assistant has no file search.'
  return undefined
}
