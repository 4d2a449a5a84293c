import * as z from 'zod'
import { logLevel, wholeNumber } from './environment.ts'

export interface ServiceConfig {
  /** 0: any free port. */
  readonly httpPort: number
  readonly httpHost: string
  readonly logLevel: z.infer<typeof logLevel>
}

/** What every process that serves HTTP is told alike. `serves`: its paths, for the reference. */
export function serviceVariables(serves: string, defaultPort = 0) {
  return {
    HTTP_PORT: wholeNumber(0, 65_535)
      .default(defaultPort)
      .describe(`The port of ${serves}. 0 takes any free one, which the log names.`),
    HTTP_HOST: z
      .string()
      .default('127.0.0.1')
      .describe('The address that this port is bound to; `0.0.0.0` lets other machines ask.'),
    LOG_LEVEL: logLevel.default('info').describe('The least severe log lines that are written.'),
  }
}

export function serviceConfig(values: {
  readonly HTTP_PORT: number
  readonly HTTP_HOST: string
  readonly LOG_LEVEL: ServiceConfig['logLevel']
}): ServiceConfig {
  return { httpPort: values.HTTP_PORT, httpHost: values.HTTP_HOST, logLevel: values.LOG_LEVEL }
}
