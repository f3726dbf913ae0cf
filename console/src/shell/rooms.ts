import {
  ActivityLogIcon,
  CommitIcon,
  LightningBoltIcon,
  ArchiveIcon,
  BackpackIcon,
  BarChartIcon,
  BoxIcon,
  ChatBubbleIcon,
  CubeIcon,
  FileIcon,
  HeartIcon,
  LockClosedIcon,
  PersonIcon,
  PlayIcon,
  ReaderIcon,
  StackIcon,
  TargetIcon,
} from '@radix-ui/react-icons'
import type { ComponentType } from 'react'
import { lazily } from '../parts/lazily.tsx'

export interface Room {
  /** The first part of the addresses of the room. */
  path: string
  name: string
  icon: ComponentType
  /** Loaded when somebody enters: what a room needs does not delay the others. */
  Content: ComponentType
}

const usage: Room = {
  path: 'usage',
  name: 'Usage',
  icon: BarChartIcon,
  Content: lazily(async () => (await import('../usage/UsagePage.tsx')).UsagePage),
}
const health: Room = {
  path: 'status',
  name: 'Health',
  icon: HeartIcon,
  Content: lazily(async () => (await import('../status/StatusPage.tsx')).StatusPage),
}

/** What an admin key opens: what is about the whole server, and about no project. */
export const adminRooms: Room[] = [
  {
    path: 'projects',
    name: 'Projects',
    icon: BackpackIcon,
    Content: lazily(async () => (await import('../organization/ProjectsRoom.tsx')).ProjectsRoom),
  },
  {
    path: 'admin-keys',
    name: 'Admin keys',
    icon: LockClosedIcon,
    Content: lazily(async () => (await import('../organization/AdminKeysPage.tsx')).AdminKeysPage),
  },
  {
    path: 'budgets',
    name: 'Budgets',
    icon: TargetIcon,
    Content: lazily(async () => (await import('../organization/BudgetsPage.tsx')).BudgetsPage),
  },
  {
    path: 'audit-log',
    name: 'Audit log',
    icon: ActivityLogIcon,
    Content: lazily(async () => (await import('../organization/AuditLogPage.tsx')).AuditLogPage),
  },
  usage,
  health,
]

/** In the order of the navigation. The first is where one begins. */
export const rooms: Room[] = [
  {
    path: 'playground',
    name: 'Playground',
    icon: ChatBubbleIcon,
    Content: lazily(async () => (await import('../playground/PlaygroundRoom.tsx')).PlaygroundRoom),
  },
  {
    path: 'assistants',
    name: 'Assistants',
    icon: PersonIcon,
    Content: lazily(async () => (await import('../assistants/AssistantsRoom.tsx')).AssistantsRoom),
  },
  {
    path: 'threads',
    name: 'Threads',
    icon: StackIcon,
    Content: lazily(async () => (await import('../threads/ThreadsRoom.tsx')).ThreadsRoom),
  },
  {
    path: 'runs',
    name: 'Runs',
    icon: PlayIcon,
    Content: lazily(async () => (await import('../runs/RunsRoom.tsx')).RunsRoom),
  },
  {
    path: 'responses',
    name: 'Responses',
    icon: LightningBoltIcon,
    Content: lazily(async () => (await import('../responses/ResponsesRoom.tsx')).ResponsesRoom),
  },
  {
    path: 'conversations',
    name: 'Conversations',
    icon: ReaderIcon,
    Content: lazily(async () => (await import('../conversations/ConversationsRoom.tsx')).ConversationsRoom),
  },
  {
    path: 'containers',
    name: 'Containers',
    icon: BoxIcon,
    Content: lazily(async () => (await import('../containers/ContainersRoom.tsx')).ContainersRoom),
  },
  {
    path: 'traces',
    name: 'Traces',
    icon: CommitIcon,
    Content: lazily(async () => (await import('../traces/TracesRoom.tsx')).TracesRoom),
  },
  {
    path: 'files',
    name: 'Files',
    icon: FileIcon,
    Content: lazily(async () => (await import('../files/FilesRoom.tsx')).FilesRoom),
  },
  {
    path: 'stores',
    name: 'Vector stores',
    icon: ArchiveIcon,
    Content: lazily(async () => (await import('../stores/StoresRoom.tsx')).StoresRoom),
  },
  {
    path: 'models',
    name: 'Models',
    icon: CubeIcon,
    Content: lazily(async () => (await import('../models/ModelsRoom.tsx')).ModelsRoom),
  },
  usage,
  health,
]
