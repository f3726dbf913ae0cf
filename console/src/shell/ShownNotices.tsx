import { Notifications } from '@mantine/notifications'
import '@mantine/notifications/styles.css'

export const ShownNotices = () => <Notifications position="bottom-right" />
