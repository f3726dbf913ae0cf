import { attemptsFail } from './suite.test.ts'

await attemptsFail('jupyter')
