// A process that dies as soon as it is started, for as long as the file named by DIES_WHILE is there.
import { existsSync } from 'node:fs'

const file = process.env['DIES_WHILE']
if (file !== undefined && existsSync(file)) {
  process.stderr.write('told to die\n')
  process.exit(7)
}
