// Loaded before a program of a test: it dies at once of JSON with the word "deadly" in it, as one would that its runtime stumbles over.

const parse = JSON.parse

JSON.parse = (text, ...rest) => {
  if (String(text).includes('deadly')) process.kill(process.pid, 'SIGKILL')
  return parse(text, ...rest)
}
