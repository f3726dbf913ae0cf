/** Who shares places for runs: the runs of a project whose models have one provider. */
export interface RunLane {
  provider: string
  project: string
}

/** The lane as text. The id of a project has no line breaks. */
export const laneOfRun = ({ provider, project }: RunLane): string => `${provider}\n${project}`

/** Both are '' for the text before the first lane. */
export function partsOfLane(lane: string): RunLane {
  const end = lane.lastIndexOf('\n')
  return { provider: lane.slice(0, Math.max(0, end)), project: lane.slice(end + 1) }
}
