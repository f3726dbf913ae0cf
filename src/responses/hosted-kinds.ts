import type { HostedKind } from './hosted-kind.ts'
import { imageGenerationKind } from './image-generation-kind.ts'
import { webSearchKind } from './web-search-kind.ts'

/** By the name under which a model has the tool. */
export const hostedKinds: Readonly<Record<string, HostedKind>> = {
  web_search: webSearchKind as HostedKind,
  image_generation: imageGenerationKind as HostedKind,
}
