import { DockerfileParser, From, JSONInstruction, type Copy, type Env } from 'dockerfile-ast'

/** What a stage of a Dockerfile does, in its order. */
export type Step =
  | { does: 'run'; command: string }
  | { does: 'copy'; from: string | undefined; sources: string[]; target: string }
  | { does: 'env'; values: Record<string, string> }
  | { does: 'workdir'; folder: string }
  | { does: 'user'; user: string }
  | { does: 'entrypoint'; command: string[] }
  | { does: 'healthcheck'; command: string[] }

export interface Stage {
  name: string
  /** An image, or an earlier stage. */
  base: string
  steps: Step[]
}

/** Reads the instructions that these checks know, and throws at any other: nothing is left out unseen. */
export function readDockerfile(text: string): Stage[] {
  const stages: Stage[] = []
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction instanceof From) {
      stages.push({ name: instruction.getBuildStage() ?? '', base: instruction.getImage() ?? '', steps: [] })
      continue
    }
    const step = readStep(instruction)
    if (step) stages.at(-1)?.steps.push(step)
  }
  return stages
}

function readStep(
  instruction: ReturnType<ReturnType<typeof DockerfileParser.parse>['getInstructions']>[number],
): Step | undefined {
  const words = instruction.getArguments().map((argument) => argument.getValue())
  const strings = () =>
    instruction instanceof JSONInstruction
      ? instruction.getJSONStrings().map((word) => JSON.parse(word.getValue()) as string)
      : []
  switch (instruction.getKeyword()) {
    case 'RUN':
      return { does: 'run', command: instruction.getArgumentsContent()?.replace(/\\\n/g, ' ') ?? '' }
    case 'COPY': {
      const flag = (instruction as Copy).getFromFlag()
      return {
        does: 'copy',
        from: flag?.getValue() ?? undefined,
        sources: words.slice(0, -1),
        target: words.at(-1) ?? '',
      }
    }
    case 'ENV': {
      const pairs = (instruction as Env)
        .getProperties()
        .map((pair) => [pair.getName(), pair.getValue() ?? ''])
      return { does: 'env', values: Object.fromEntries(pairs) as Record<string, string> }
    }
    case 'WORKDIR':
      return { does: 'workdir', folder: words[0] ?? '' }
    case 'USER':
      return { does: 'user', user: words[0] ?? '' }
    case 'ENTRYPOINT':
      return { does: 'entrypoint', command: strings() }
    case 'HEALTHCHECK': {
      const command = /CMD\s+(\[.*\])/s.exec(instruction.getArgumentsContent() ?? '')?.[1] ?? ''
      return { does: 'healthcheck', command: JSON.parse(command) as string[] }
    }
    case 'EXPOSE':
    case 'STOPSIGNAL':
      return undefined
    default:
      throw new Error(
        `nobody has said what ${instruction.getKeyword()} of the Dockerfile means to this check`,
      )
  }
}
