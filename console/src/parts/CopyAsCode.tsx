import { Button, Menu } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { ChevronDownIcon } from '@radix-ui/react-icons'
import { codeLanguages, codeOfCall, type ApiCall, type CodeLanguage } from './code-of-call.ts'

/** What the page shows, as a program that does the same. */
export function CopyAsCode({ call }: { call: ApiCall }) {
  const { copy } = useClipboard()
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button rightSection={<ChevronDownIcon />}>Copy as code</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(codeLanguages) as CodeLanguage[]).map((language) => (
          <Menu.Item
            key={language}
            onClick={() => {
              copy(codeOfCall(call, language))
              notifications.show({ message: `Copied as ${codeLanguages[language]}`, autoClose: 2_000 })
            }}
          >
            {codeLanguages[language]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
