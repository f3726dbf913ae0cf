import { Anchor } from '@mantine/core'
import { Link } from 'wouter'
import classes from './TitleLink.module.css'

/** The link of a row, by its title in one line: cut at its end, in whichever direction it is written. */
export const TitleLink = ({ to, title }: { to: string; title: string }) => (
  <Anchor
    component={Link}
    to={to}
    c="inherit"
    fw={500}
    inherit
    truncate
    dir="auto"
    className={classes.link}
    title={title}
  >
    {title}
  </Anchor>
)
