#!/usr/bin/env bash
# Put the warehouse back as it is in a backup: restore.sh FILE. The pipeline stands still meanwhile.
set -euo pipefail
if [ $# -ne 1 ] || [ ! -f "$1" ]; then
    echo "restore: name a backup, as in: make restore FILE=.data/backups/DW_ECOMMERCE-….bak" >&2
    exit 2
fi
file="$(realpath "$1")"
cd "$(dirname "$0")/.."

compose=(docker compose -f docker/compose.yml)
name="$(basename "$file")"
copy="/var/opt/mssql/data/$name"
"${compose[@]}" stop pipeline
trap '"${compose[@]}" exec -T sqlserver rm -f "$copy"; "${compose[@]}" start pipeline' EXIT
"${compose[@]}" exec -T sqlserver dd of="$copy" status=none < "$file"
"${compose[@]}" run --rm -T bootstrap python -m docker.backup restore "$name"
