import { Component, type ReactNode } from 'react'
import { Failure } from '../parts/Failure.tsx'
import { NotLoaded } from '../parts/lazily.tsx'
import { Page } from '../parts/Page.tsx'
import { RoomNotLoaded } from './RoomNotLoaded.tsx'

/** A fault of one room leaves the others usable. */
export class RoomBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: undefined }

  static getDerivedStateFromError(error: unknown) {
    return { error: error ?? new Error('unknown') }
  }

  override render() {
    if (this.state.error === undefined) return this.props.children
    if (this.state.error instanceof NotLoaded) return <RoomNotLoaded />
    return (
      <Page title="This page has failed">
        <Failure error={this.state.error} onRetry={() => this.setState({ error: undefined })} />
      </Page>
    )
  }
}
