import { Page } from '../parts/Page.tsx'
import { Budgets } from './Budgets.tsx'

/** What all projects together may spend. Each project has budgets of its own on its page. */
export const BudgetsPage = () => (
  <Page title="Budgets">
    <Budgets owner="/organization" mayChange />
  </Page>
)
