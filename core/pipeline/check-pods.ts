import { OWN_VARIABLES } from './own-variables.ts'
import { parseQuantity } from './parse-quantity.ts'
import type { Amounts, Resources } from './pod-settings.ts'
import type { Path, PipelineProblem } from './problem.ts'
import type { EnvironmentVariable } from './spec.ts'

/** Kubernetes starts no pod that asks for more than it may use. */
export function checkResources({ requests = {}, limits = {} }: Resources, path: Path): PipelineProblem[] {
  return (['cpu', 'memory'] as const).flatMap((name) => {
    const [request, limit] = [amount(requests, name), amount(limits, name)]
    if (request === undefined || limit === undefined || request <= limit) return []
    const message = `"${requests[name]}" is more than limits.${name}, "${limits[name]}"; lower it, or raise the limit`
    return [{ path: [...path, 'requests', name], message }]
  })
}

function amount(amounts: Amounts, name: keyof Amounts): number | undefined {
  const given = amounts[name]
  return given === undefined ? undefined : parseQuantity(given)
}

export function checkEnvironment(variables: readonly EnvironmentVariable[], path: Path): PipelineProblem[] {
  return variables.flatMap(({ name }, index) => {
    if (OWN_VARIABLES.includes(name))
      return [{ path: [...path, index, 'name'], message: `"${name}" is set by the pipeline itself; remove it` }]
    const first = variables.findIndex((each) => each.name === name)
    if (first === index) return []
    return [{ path: [...path, index, 'name'], message: `"${name}" is also env[${first}]; name each variable once` }]
  })
}
