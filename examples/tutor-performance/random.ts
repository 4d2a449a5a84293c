/** Numbers from 0 up to, but not including, 1. */
export type Random = () => number

/** The same keys always give the same numbers, so whatever a key stands for can be drawn alone, at any time and in any order. */
export function createRandom(...keys: readonly number[]): Random {
  let state = 0x9e3779b9
  for (const key of keys) state = mix(state ^ mix(key + 0x6d2b79f5))
  return () => {
    state = (state + 0x6d2b79f5) | 0
    return (mix(state) >>> 0) / 0x1_0000_0000
  }
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return mixed ^ (mixed >>> 15)
}

export function chance(random: Random, probability: number): boolean {
  return random() < probability
}

export function between(random: Random, least: number, most: number): number {
  return least + random() * (most - least)
}

/** A whole number, both ends included. */
export function wholeBetween(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1))
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T
}

export type Weights<T> = readonly (readonly [item: T, weight: number])[]

export function pickWeighted<T>(random: Random, weights: Weights<T>): T {
  let left = random() * weights.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [item, weight] of weights) {
    left -= weight
    if (left < 0) return item
  }
  return (weights.at(-1) as readonly [T, number])[0]
}
