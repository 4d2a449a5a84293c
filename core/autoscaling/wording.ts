export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}

/** 12400 as `12,400`, 0.25 as `0.25`. */
export function grouped(value: number): string {
  const rounded = value >= 10 || Number.isInteger(value) ? Math.round(value) : Number(value.toPrecision(2))
  const [whole, rest] = String(rounded).split('.')
  const text = whole!.replace(/\B(?=(\d{3})+$)/g, ',')
  return rest === undefined ? text : `${text}.${rest}`
}

/** `0.4 s`, `45 s`, `2 min 5 s`, `1 h 10 min`. */
export function lasting(ms: number): string {
  if (ms < 10_000) return `${grouped(Math.round(ms / 100) / 10)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return joined(minutes, 'min', seconds % 60, 's')
  return joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
}

function joined(large: number, unit: string, small: number, smaller: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smaller}`
}
