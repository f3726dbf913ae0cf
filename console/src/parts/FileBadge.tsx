import { Anchor } from '@mantine/core'
import { FileIcon } from '@radix-ui/react-icons'
import { Link } from 'wouter'
import classes from './FileBadge.module.css'
import { FileName } from './FileName.tsx'

/** A file that belongs to a message, with what it is for. It leads to the page of the file. */
export const FileBadge = ({ id, about }: { id: string; about?: string }) => (
  <Anchor component={Link} to={`~/files/${id}`} className={classes.file}>
    <FileIcon aria-hidden />
    <FileName id={id} />
    {about && <span className={classes.about}>{about}</span>}
  </Anchor>
)
