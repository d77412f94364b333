#!/usr/bin/env bash
# What others build on: ci/main.sh STATE SITE. The state is a small warehouse with dbt's manifest, for
# ci/changed.sh; the site is the metric dictionary.
set -euo pipefail
cd "$(dirname "$0")/.."

state="$(realpath -m "${1:?name a folder for the state}")"
site="$(realpath -m "${2:?name a folder for the site}")"
make --silent setup
. ./env.sh
export DW_DATA_DIR="$state"
rm -rf "$state" "$site"
mkdir -p "$state" "$site"
seeds-oltp seed --orders=3000
dw load
dbt --quiet build
cp dbt_project/target/manifest.json "$state/"
make --silent docs
cp dbt_project/target/static_index.html "$site/index.html"
