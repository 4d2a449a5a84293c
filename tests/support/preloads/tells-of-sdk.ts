import { registerHooks } from 'node:module'

// Loaded before a program of a test: says so on standard error as soon as a part of the OpenTelemetry SDK is loaded. The API alone is none.

registerHooks({
  resolve: (specifier, context, next) => {
    const resolved = next(specifier, context)
    if (/\/@opentelemetry\/(?!api\/)/.test(resolved.url)) process.stderr.write(`the SDK is loaded: ${resolved.url}\n`)
    return resolved
  },
})
