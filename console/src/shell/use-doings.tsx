import { useMantineColorScheme } from '@mantine/core'
import type { SpotlightActionData } from '@mantine/spotlight'
import { ExitIcon, MoonIcon, PlusIcon, SunIcon, UploadIcon } from '@radix-ui/react-icons'
import { useLocation } from 'wouter'

type Doing = SpotlightActionData & { label: string; keywords: string }

/** What the palette can do besides leading somewhere, as far as it has the words that are typed. */
export function useDoings(words: string, isAdmin: boolean, onSignOut: () => void): SpotlightActionData[] {
  const [, navigate] = useLocation()
  const { setColorScheme } = useMantineColorScheme()
  const ofProject: Doing[] = [
    {
      id: 'new-assistant',
      label: 'New assistant',
      keywords: 'make create add',
      leftSection: <PlusIcon />,
      onClick: () => navigate('/assistants/new'),
    },
    {
      id: 'new-thread',
      label: 'New thread',
      keywords: 'begin conversation chat playground',
      leftSection: <PlusIcon />,
      onClick: () => navigate('/playground'),
    },
    {
      id: 'new-response',
      label: 'New response',
      keywords: 'ask begin chain model',
      leftSection: <PlusIcon />,
      onClick: () => navigate('/responses/new'),
    },
    {
      id: 'upload',
      label: 'Upload files',
      keywords: 'add drop',
      leftSection: <UploadIcon />,
      onClick: () => navigate('/files'),
    },
  ]
  const forAll: Doing[] = [
    {
      id: 'dark',
      label: 'Dark colours',
      keywords: 'theme mode colors night',
      leftSection: <MoonIcon />,
      onClick: () => setColorScheme('dark'),
    },
    {
      id: 'light',
      label: 'Light colours',
      keywords: 'theme mode colors day',
      leftSection: <SunIcon />,
      onClick: () => setColorScheme('light'),
    },
    {
      id: 'sign-out',
      label: 'Sign out',
      keywords: 'leave log out exit',
      leftSection: <ExitIcon />,
      onClick: onSignOut,
    },
  ]
  const typed = words.toLowerCase()
  return [...(isAdmin ? [] : ofProject), ...forAll].filter(
    (one) => typed !== '' && `${one.label} ${one.keywords}`.toLowerCase().includes(typed),
  )
}
