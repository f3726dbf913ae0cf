import { useNotifications } from '@mantine/notifications'
import { useState } from 'react'
import { lazily } from '../parts/lazily.tsx'

const Shown = lazily(async () => (await import('./ShownNotices.tsx')).ShownNotices)

/** What has just been done, or has failed, in a corner of the page. Loaded with the first of them. */
export function Notices() {
  const { notifications } = useNotifications()
  const [wasAny, setAny] = useState(false)
  if (notifications.length > 0 && !wasAny) setAny(true)
  return wasAny && <Shown />
}
