import { Component, type ReactNode } from 'react'
import { Failure } from '../parts/Failure.tsx'
import { Page } from '../parts/Page.tsx'

/** A fault of one room leaves the others usable. */
export class RoomBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: undefined }

  static getDerivedStateFromError(error: unknown) {
    return { error: error ?? new Error('unknown') }
  }

  override render() {
    if (this.state.error === undefined) return this.props.children
    return (
      <Page title="This page has failed">
        <Failure error={this.state.error} onRetry={() => this.setState({ error: undefined })} />
      </Page>
    )
  }
}
