import { Anchor, type AnchorProps } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { ComponentPropsWithRef, MouseEvent } from 'react'
import { Link, useLocation } from 'wouter'
import { useClient } from '../api/client.ts'
import { addressInFile, addressOfPassage, type PassageOfFile } from '../api/passage-address.ts'

interface Props extends AnchorProps, Omit<ComponentPropsWithRef<'a'>, keyof AnchorProps | 'href'> {
  passage: PassageOfFile
}

/** Leads to a passage in its file: in a vector store that has it, and else in the file itself. */
export function PassageLink({ passage, ...props }: Props) {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const inFile = addressInFile(passage)
  return (
    <Anchor
      {...props}
      component={Link}
      to={`~${inFile}`}
      onClick={(event: MouseEvent) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return
        event.preventDefault()
        void addressOfPassage(client, queries, passage)
          .catch(() => inFile)
          .then((address) => navigate(`~${address}`))
      }}
    />
  )
}
