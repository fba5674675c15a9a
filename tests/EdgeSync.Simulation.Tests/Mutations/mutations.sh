#!/bin/bash
# Shows that the simulation finds bugs: builds a copy of the sources with the deliberate bugs of mutations.patch, switches on one after the other, and runs worlds until one fails.
# Prints a row for each: the bug, the check that caught it, and how many worlds that took. By hand, not by CI: a build and some minutes.
#   mutations.sh [SEEDS_MAX] [MUTATION...]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(git -C "$here" rev-parse --show-toplevel)
most=${1:-300}
shift || true
copy=${MUTATIONS_COPY:-}
if [ -z "$copy" ]; then
  copy=$(mktemp -d)
  trap 'rm -rf "$copy"' EXIT
  git clone -q "$root" "$copy/sources"
  copy=$copy/sources
  git -C "$copy" apply "$here/mutations.patch"
  dotnet build -m:1 -c Release "$copy/EdgeSync.EdgeSimulator" -v q -p:TreatWarningsAsErrors=false -p:RunAnalyzers=false >/dev/null
fi
if [ $# -gt 0 ]; then names=("$@"); else mapfile -t names < <(grep '^+' "$here/mutations.patch" | grep -o 'Mutation.Is("[a-z-]*")' | cut -d'"' -f2 | sort -u); fi
echo "| bug | caught by | worlds |"
echo "|---|---|---|"
for name in "${names[@]}"; do
  out=$(mktemp)
  EDGESYNC_MUTATION=$name dotnet "$copy/EdgeSync.EdgeSimulator/bin/Release/net10.0/EdgeSync.EdgeSimulator.dll" simulate --seeds "1..$most" --parallel 1 >"$out" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null && ! grep -q '^seed .* fails' "$out"; do sleep 0.5; done
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  # One thread takes the seeds in order, so the first that fails is also how many it took.
  row=$(grep -m1 '^seed .* fails' "$out" | sed -E 's/^seed ([0-9]+) fails: ([a-z-]+),.*/\2 | \1/' || true)
  echo "| \`$name\` | ${row:-nothing | $most} |"
  rm -f "$out"
done
