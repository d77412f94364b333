#!/usr/bin/env bash
# Build and test only the models that differ from those of main, and what reads them:
# ci/changed.sh FOLDER, which ci/main.sh has left. What is not built is read as main built it.
set -euo pipefail
cd "$(dirname "$0")/.."

main="$(realpath "${1:?name the folder that ci/main.sh has left}")"
make --silent setup
. ./env.sh
if [ ! -f "$main/manifest.json" ]; then
    echo "changed: no state of main in $1, so everything is built"
    DW_DATA_DIR="$main" seeds-oltp seed --orders=3000
    DW_DATA_DIR="$main" dw load
    DW_DATA_DIR="$main" dbt --quiet build
    exit
fi

# A copy: what is tried must not become the state of main.
DW_DATA_DIR="$(mktemp -d)"
export DW_DATA_DIR
trap 'rm -rf "$DW_DATA_DIR"' EXIT
cp "$main/dw_ecommerce.duckdb" "$DW_DATA_DIR/"
# Anew, since a changed model may have other columns than its table.
dbt build --full-refresh --select state:modified+ --defer --state "$main"
