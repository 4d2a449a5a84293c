import type { View } from '../world/view.ts'

/** Decides once a second how many replicas there should be. It keeps its own pace: mostly it says what it said before. */
export interface Scaler {
  readonly name: string
  readonly decide: (view: View, replicas: number) => number
}
