import { expect, test } from 'vitest'
import { createProgressBar } from '../../../aggregator/progress-bar.ts'

function drawn(isTTY: boolean, draw: (bar: ReturnType<typeof createProgressBar>) => void): string {
  const written: string[] = []
  draw(createProgressBar({ isTTY, write: (text: string) => written.push(text) > 0 }, 'tutors'))
  return written.join('')
}

test('on a terminal one line grows with the work, and is left behind at the end', () => {
  const text = drawn(true, (bar) => {
    bar.show(0, 4)
    bar.show(2, 4)
    bar.show(4, 4)
    bar.end()
    bar.end()
  })
  expect(text).toBe(
    `\r${'░'.repeat(30)} 0/4 tutors\r${'█'.repeat(15)}${'░'.repeat(15)} 2/4 tutors\r${'█'.repeat(30)} 4/4 tutors\n`,
  )
})

test('where nobody knows the total it counts', () => {
  expect(drawn(true, (bar) => [bar.show(500, undefined), bar.show(720, undefined), bar.end()])).toBe(
    '\r500 tutors\r720 tutors\n',
  )
})

test('each stage of the work has a line of its own', () => {
  const text = drawn(true, (bar) => [
    bar.show(500, undefined, 'aggregated'),
    bar.show(500, undefined, 'compared'),
    bar.show(720, undefined, 'compared'),
    bar.end(),
  ])
  expect(text).toBe('\r500 tutors aggregated\n\r500 tutors compared\r720 tutors compared\n')
})

test('nothing to do is done', () => {
  expect(drawn(true, (bar) => [bar.show(0, 0), bar.end()])).toBe(`\r${'█'.repeat(30)} 0/0 tutors\n`)
  expect(drawn(true, (bar) => bar.end())).toBe('')
})

test('anywhere else there is none', () => {
  expect(drawn(false, (bar) => [bar.show(1, 2), bar.end()])).toBe('')
})
