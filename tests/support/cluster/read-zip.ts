import { inflateRawSync } from 'node:zlib'

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const DIRECTORY_ENTRY_LENGTH = 46
const LOCAL_HEADER_LENGTH = 30
const END_LENGTH = 22
const DEFLATED = 8

/** One file of a ZIP archive. Reads what npm packages contain: no encryption, and no sizes beyond 4 GB. */
export function readZip(archive: Buffer, wanted: string): Buffer {
  let at = archive.readUInt32LE(endOfDirectory(archive) + 16)
  while (archive.readUInt32LE(at) === DIRECTORY_ENTRY) {
    const nameLength = archive.readUInt16LE(at + 28)
    const name = archive.toString('utf8', at + DIRECTORY_ENTRY_LENGTH, at + DIRECTORY_ENTRY_LENGTH + nameLength)
    if (name === wanted) return contentOf(archive, at)
    at += DIRECTORY_ENTRY_LENGTH + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  throw new Error(`the archive has no ${wanted}`)
}

/** It is last, but for a comment. */
function endOfDirectory(archive: Buffer): number {
  let at = archive.length - END_LENGTH
  while (at >= 0 && archive.readUInt32LE(at) !== END_OF_DIRECTORY) at -= 1
  if (at < 0) throw new Error('this is no ZIP archive')
  return at
}

function contentOf(archive: Buffer, entry: number): Buffer {
  const header = archive.readUInt32LE(entry + 42)
  const begin = header + LOCAL_HEADER_LENGTH + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28)
  const content = archive.subarray(begin, begin + archive.readUInt32LE(entry + 20))
  return archive.readUInt16LE(entry + 10) === DEFLATED ? inflateRawSync(content) : content
}
