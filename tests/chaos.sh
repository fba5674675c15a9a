#!/usr/bin/env bash
# Chaos on real processes: gateway, ingest, commands, PostgreSQL and the processes that carry the devices are killed with SIGKILL at random, device files are replaced by
# older copies, and the network loses, delays and repeats requests. Then everything heals: within 60 s every device must have sent all it has, and the audit must find every
# reading once. Needs the .NET SDK and PostgreSQL's binaries (Debian: postgresql-15).
# Usage: tests/chaos.sh [DURATION] [DEVICES] [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
duration=${1:-10m}
devices=${2:-500}
seed=${3:-$(date +%j%H%M)}
echo "tests/chaos.sh $duration $devices $seed"
exec dotnet run -c Release --project EdgeSync.EdgeSimulator -- run --devices "$devices" --duration "$duration" --faults hostile --database postgres --seed "$seed" \
  --drain 60s --commands-per-minute 120 --config-writes-per-minute 120 --no-live
