import { runProcess } from '../adapters/process/run-process.ts'
import { runOperator } from './run-operator.ts'

await runProcess(runOperator)
