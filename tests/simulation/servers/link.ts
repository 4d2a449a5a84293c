import type { World } from '../world/world.ts'

/** What happens to a request on its way. */
export type Fate = 'arrives' | 'is lost' | 'reply is lost'

/** The way from a process to a server. */
export class Link {
  /** Requests and replies lost, of a thousand each. */
  lossPerMille = 0
  /** Of a thousand statements, how many take long. */
  slowPerMille = 0
  #cutUntil = 0
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  get isCut(): boolean {
    return this.#world.now < this.#cutUntil
  }

  cut(ms: number): void {
    this.#cutUntil = this.#world.now + ms
  }

  mend(): void {
    this.#cutUntil = 0
    this.lossPerMille = 0
    this.slowPerMille = 0
  }

  isSlow(): boolean {
    return this.slowPerMille > 0 && this.#world.random.chance(this.slowPerMille)
  }

  fate(): Fate {
    const { random } = this.#world
    if (this.isCut) return 'is lost'
    if (this.lossPerMille === 0 || !random.chance(this.lossPerMille)) return 'arrives'
    return random.below(2) === 0 ? 'is lost' : 'reply is lost'
  }
}
