import { runCli } from './run-cli.ts'

// A reader that has seen enough, such as head, closes the pipe: the end of the output, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const exitCode = await runCli(process.argv.slice(2), {
  input: process.stdin,
  write: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
})
if (exitCode !== 0) process.exitCode = exitCode
