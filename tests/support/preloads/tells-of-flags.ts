import { syncBuiltinESMExports } from 'node:module'
import v8 from 'node:v8'

// Loaded before a program of a test: has it look as if it were started with the small heap, and says on standard error which of V8's flags it sets.

process.execArgv.push('--memory-saver-mode')
v8.setFlagsFromString = (flags) => void process.stderr.write(`a flag is set: ${flags}\n`)
syncBuiltinESMExports()
