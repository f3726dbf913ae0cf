import type { Plugin } from 'vite'

/**
 * The parts of the official client that the console never calls: resources, and keys that are
 * certificates. By the path of their module or folder.
 */
const unused =
  /\/openai\/(resources\/(admin|audio|batches|chat|completions|containers|content-provenance-checks|conversations|decisions|embeddings|evals|fine-tuning|graders|images|live|moderations|realtime|responses|safety|skills|videos|webhooks|beta\/(realtime|chatkit|responses|agents))|(internal\/)?auth\/(x509-)?workload-identity-auth)(\/|\.mjs$)/

/** Of the stream of a run the console takes only how an object grows: it reads the events itself, also after a reload. */
const accumulateDelta = `
  import { accumulateAssistantStreamDelta as accumulateDelta } from '../internal/assistant-stream-delta.mjs'
  export const AssistantStream = { accumulateDelta }
`

/**
 * Leaves them out of what browsers load, where they would be a third of all. The client makes each of its resources
 * when it is made itself, and asks whether a key is a certificate, so a function that does nothing takes the place of each.
 */
export const withoutUnusedResources: Plugin = {
  name: 'without-unused-resources',
  enforce: 'pre',
  transform(code, id) {
    if (id.endsWith('/openai/lib/AssistantStream.mjs')) return { code: accumulateDelta, map: null }
    if (!unused.test(id)) return undefined
    const declared = [...code.matchAll(/^export (?:class|const|function|var|let) (\w+)/gm)].map(
      ([, name]) => name,
    )
    const listed = [...code.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, names = '']) =>
      names.split(',').map((name) => name.trim().split(' as ').at(-1)),
    )
    const names = new Set([...declared, ...listed].filter((name) => name))
    return { code: [...names].map((name) => `export function ${name}() {}`).join('\n'), map: null }
  },
}
