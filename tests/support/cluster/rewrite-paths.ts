/** Where a mount is in a container, and where its files really are. */
export interface Mounted {
  readonly mountPath: string
  readonly folder: string
}

const PART_OF_A_NAME = '[\\w.-]'

/** Every path below a mount that is named in the text becomes that of the real file. */
export function rewritePaths(text: string, mounts: readonly Mounted[]): string {
  if (mounts.length === 0) return text
  const longestFirst = [...mounts].sort((a, b) => b.mountPath.length - a.mountPath.length)
  const paths = longestFirst.map(({ mountPath }) => mountPath.replaceAll(/[.+]/g, '\\$&')).join('|')
  const folders = new Map(mounts.map(({ mountPath, folder }) => [mountPath, folder]))
  const named = new RegExp(`(?<!${PART_OF_A_NAME}|/)(${paths})(?!${PART_OF_A_NAME})`, 'g')
  return text.replaceAll(named, (path) => folders.get(path) ?? path)
}
