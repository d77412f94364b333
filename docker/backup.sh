#!/usr/bin/env bash
# Back the warehouse up into a file under .data/backups, which its last line names.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 077

compose=(docker compose -f docker/compose.yml)
folder=/var/opt/mssql/data
mkdir -p .data/backups
name="$("${compose[@]}" run --rm -T bootstrap python -m docker.backup backup | tee /dev/stderr | tail -n 1)"
"${compose[@]}" exec -T sqlserver cat "$folder/$name" > ".data/backups/$name.new"
"${compose[@]}" exec -T sqlserver rm "$folder/$name"
mv ".data/backups/$name.new" ".data/backups/$name"
echo ".data/backups/$name"
