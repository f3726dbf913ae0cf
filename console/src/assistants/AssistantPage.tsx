import { Anchor, Button, Tabs, Text } from '@mantine/core'
import { PlayIcon } from '@radix-ui/react-icons'
import { Link, useLocation, useSearchParams } from 'wouter'
import OpenAI from 'openai'
import { nameOf } from '../api/assistants.ts'
import { Failure } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { JsonView } from '../parts/JsonView.tsx'
import { NotFound } from '../parts/NotFound.tsx'
import { Page } from '../parts/Page.tsx'
import { AssistantForm } from './AssistantForm.tsx'
import { AssistantMenu } from './AssistantMenu.tsx'
import classes from './Assistants.module.css'
import { requestOf } from './draft.ts'
import { UsedBy } from './UsedBy.tsx'
import { useDraft } from './use-draft.ts'

/** The form of an assistant with its JSON beside it, and the threads that use it. Without an id a new one is made. */
export function AssistantPage({ id }: { id: string | undefined }) {
  const [, navigate] = useLocation()
  const [search, setSearch] = useSearchParams()
  const { assistant, error, isLoading, draft, isChanged, isValid, refusal, setDraft, discard, save } =
    useDraft(id)
  if (error instanceof OpenAI.NotFoundError) return <NotFound what="assistant" />
  const title = id === undefined ? 'New assistant' : assistant ? nameOf(assistant) : '…'
  const tab = search.get('tab') === 'threads' ? 'threads' : 'json'
  return (
    <Page
      title={title}
      trail={
        <Anchor component={Link} to="/" inherit>
          Assistants
        </Anchor>
      }
      about={id && <Identifier id={id} />}
      actions={
        <>
          {assistant && (
            <Button component={Link} to={`~/playground?assistant=${assistant.id}`} leftSection={<PlayIcon />}>
              Try it
            </Button>
          )}
          {isChanged && id && <Button onClick={discard}>Discard</Button>}
          <Button
            variant="filled"
            disabled={!isValid || (!isChanged && id !== undefined)}
            loading={save.isPending}
            onClick={() =>
              save.mutate(undefined, {
                onSuccess: (made) => id === undefined && navigate(`/${made.id}`, { replace: true }),
              })
            }
          >
            {id === undefined ? 'Create' : 'Save'}
          </Button>
          {assistant && <AssistantMenu assistant={assistant} />}
        </>
      }
    >
      {error && <Failure error={error} />}
      {save.error && <Failure error={save.error} />}
      {(assistant || id === undefined) && (
        <div className={classes.columns}>
          <div className={classes.form}>
            <AssistantForm draft={draft} onChange={setDraft} refusal={refusal} isNew={id === undefined} />
          </div>
          <Tabs
            value={tab}
            onChange={(chosen) => setSearch(chosen === 'json' ? {} : { tab: chosen! }, { replace: true })}
          >
            <Tabs.List mb="md">
              <Tabs.Tab value="json">JSON</Tabs.Tab>
              {id && <Tabs.Tab value="threads">Threads</Tabs.Tab>}
            </Tabs.List>
            <Tabs.Panel value="json">
              {isValid ? (
                <JsonView value={isChanged || !assistant ? requestOf(draft) : assistant} />
              ) : (
                !isLoading && (
                  <Text fz="sm" c="dimmed">
                    The form has a fault: its JSON is shown when that is mended.
                  </Text>
                )
              )}
            </Tabs.Panel>
            {id && (
              <Tabs.Panel value="threads">
                <UsedBy assistantId={id} />
              </Tabs.Panel>
            )}
          </Tabs>
        </div>
      )}
    </Page>
  )
}
