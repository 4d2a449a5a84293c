// Imports point down: cli -> operator, worker, aggregator, exporter -> adapters -> core. `make check` runs this.

const processes = '^(operator|worker|aggregator|exporter)/'
const drivers = 'node_modules/(ioredis|pg|@mikro-orm|@kubernetes|prom-client|@opentelemetry|pino)/'
const core = '^core/'

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    rule('no-cycles', 'Two files that need each other are one concept, or miss a third.', {}, { circular: true }),
    rule('resolvable', 'An import must lead somewhere.', {}, { couldNotResolve: true }),
    rule(
      'core-is-pure',
      'core/ does no I/O: no package, no Node built-in, no type from above.',
      { path: core },
      { pathNot: core },
    ),
    rule(
      'adapters-point-down',
      'An adapter serves every process and knows none.',
      { path: '^adapters/' },
      { path: '^(operator|worker|aggregator|exporter|cli)/' },
    ),
    rule(
      'adapters-are-strangers',
      'Only telemetry, process and postgres serve other adapters.',
      { path: '^adapters/([^/]+)/' },
      { path: '^adapters/', pathNot: '^adapters/($1|telemetry|process|postgres)/' },
    ),
    rule(
      'processes-are-strangers',
      'Processes meet in Redis and PostgreSQL, never in memory.',
      { path: processes },
      { path: processes, pathNot: '^$1/' },
    ),
    rule('nothing-imports-cli', 'The command line is on top.', { path: processes }, { path: '^cli/' }),
    rule(
      'drivers-stay-in-adapters',
      'A driver is wrapped once; the rest of the code does not see it.',
      { path: ['^core/', processes, '^cli/'] },
      { path: drivers },
    ),
    rule(
      'product-does-not-test',
      'What ships does not import tests, benchmarks or examples.',
      { path: ['^(core|adapters|cli)/', processes] },
      { path: '^(tests|bench|examples)/', pathNot: '^examples/.*\\.(json|ya?ml)$' },
    ),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|\\.mp)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
}
