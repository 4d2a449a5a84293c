#!/bin/sh
# Starts a worker in the image. WORKER_HEAP, which a pipeline sets by spec.workers.env, says how much room V8 takes: `small`, the default, for less than
# 95 MB in all; `large` for large batches. That room is said outright: where memory is limited V8 itself takes hardly any for new objects.
# docs/performance.md has the figures.
case "${WORKER_HEAP:-small}" in
  small) heap='--memory-saver-mode --max-semi-space-size=1' ;;
  large) heap='--max-semi-space-size=16' ;;
  *)
    printf 'WORKER_HEAP: must be small or large, not "%s"\n' "$WORKER_HEAP" >&2
    exit 2
    ;;
esac
export MALLOC_ARENA_MAX=1
# shellcheck disable=SC2086 # two flags
exec node $heap "${0%/*}/../worker.mjs" "$@"
