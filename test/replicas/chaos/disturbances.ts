import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster, Replica } from './cluster.ts'

/** Something that happens to a cluster. It is over when it resolves. */
export interface Disturbance {
  name: string
  play(cluster: Cluster, random: (n: number) => number): Promise<void>
}

/** Longer than a lease of 5 seconds and the time in which the other replicas notice its end. In milliseconds. */
const longerThanLease = (random: (n: number) => number) => 6_500 + random(2_000)

const oneOf = ({ replicas }: Cluster, random: (n: number) => number) =>
  replicas[random(replicas.length)] as Replica

/** What happens to replicas, one after the other. */
export const toReplicas: Disturbance[] = [
  {
    name: 'SIGKILL of a replica',
    async play(cluster, random) {
      const replica = oneOf(cluster, random)
      await replica.kill()
      await pause(random(1_000))
      await replica.start()
    },
  },
  {
    name: 'SIGTERM of a replica',
    async play(cluster, random) {
      const replica = oneOf(cluster, random)
      await replica.stop()
      await replica.start()
    },
  },
  {
    name: 'SIGSTOP for longer than a lease',
    async play(cluster, random) {
      const replica = oneOf(cluster, random)
      replica.signal('SIGSTOP')
      await pause(longerThanLease(random))
      replica.signal('SIGCONT')
    },
  },
]

const onWay = (
  name: string,
  way: 'database' | 'files',
  fault: 'cut' | 'silence',
  ms: (random: (n: number) => number) => number,
): Disturbance => ({
  name,
  async play(cluster, random) {
    const replica = oneOf(cluster, random)
    replica[way][fault]()
    await pause(ms(random))
    replica[way].mend()
  },
})
const aMoment = (random: (n: number) => number) => random(3_000)

/** What happens to the shared services and the connections to them, one after the other. */
export const toSharedParts: Disturbance[] = [
  {
    name: 'restart of PostgreSQL',
    async play({ postgres }, random) {
      await postgres.stop()
      await pause(random(2_000))
      await postgres.start()
    },
  },
  {
    name: 'SIGKILL of PostgreSQL',
    async play({ postgres }) {
      await postgres.kill()
      await postgres.start()
    },
  },
  onWay('connections to the database cut', 'database', 'cut', aMoment),
  onWay('database silent for longer than a lease', 'database', 'silence', longerThanLease),
  onWay('connections to the files cut', 'files', 'cut', aMoment),
  onWay('files silent', 'files', 'silence', aMoment),
]
