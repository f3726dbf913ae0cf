import { UnstyledButton } from '@mantine/core'
import { ArrowDownIcon, ArrowUpIcon } from '@radix-ui/react-icons'
import classes from './DataTable.module.css'
import { useFilter } from './use-filter.ts'

/** The title of the column by which a list is ordered, the newest first. Pressed, it turns the order round, in the address. */
export function OrderButton({ title }: { title: string }) {
  const [order, setOrder] = useFilter('order')
  const Arrow = order === 'asc' ? ArrowUpIcon : ArrowDownIcon
  return (
    <UnstyledButton
      className={classes.order}
      title={order === 'asc' ? 'Oldest first' : 'Newest first'}
      onClick={() => setOrder(order === 'asc' ? null : 'asc')}
    >
      {title}
      <Arrow width={12} height={12} aria-hidden />
    </UnstyledButton>
  )
}

/** For `aria-sort` of the head of that column. */
export const useSorted = () => (useFilter('order')[0] === 'asc' ? 'ascending' : 'descending')
