#!/bin/sh
# Starts a worker in the image. WORKER_HEAP, which a pipeline sets by spec.workers.env, says how much room it takes: `small`, the default, is a
# third of the memory; `usual` is what Node has by default, for large batches. docs/performance.md has the figures.
case "${WORKER_HEAP:-small}" in
  small) heap='--memory-saver-mode --max-semi-space-size=1' ;;
  usual) heap='' ;;
  *)
    printf 'WORKER_HEAP: must be small or usual, not "%s"\n' "$WORKER_HEAP" >&2
    exit 2
    ;;
esac
export MALLOC_ARENA_MAX=1
# shellcheck disable=SC2086 # two flags
exec node $heap "${0%/*}/../worker.mjs" "$@"
