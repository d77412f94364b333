#!/usr/bin/env bash
# What a contributor asks before each commit, in about a minute: style and types, the SQL of models
# that have changed since main, and the tests marked `unit`.
set -euo pipefail
cd "$(dirname "$0")/.."

bin="$PWD/.venv/bin"
"$bin/ruff" check --quiet .
"$bin/ruff" format --quiet --check .
"$bin/mypy"
"$bin/lint-imports"

base="$(git merge-base HEAD origin/main 2> /dev/null || git rev-parse HEAD)"
mapfile -t sql < <(
    {
        git diff --name-only --diff-filter=d "$base"
        git ls-files --others --exclude-standard
    } | grep -E '^dbt_project/(models|tests|analyses)/.*\.sql$' | sort -u
)
if [ "${#sql[@]}" -gt 0 ]; then
    # Compiled against a warehouse of its own: an empty one.
    export DW_DATA_DIR="$PWD/.data/lint" DBT_PROJECT_DIR="$PWD/dbt_project"
    export DBT_PROFILES_DIR="$DBT_PROJECT_DIR"
    mkdir -p "$DW_DATA_DIR"
    "$bin/sqlfluff" lint "${sql[@]}"
fi

# Only these files: to import the others takes longer than to run these.
mapfile -t tests < <(grep -rlE '^pytestmark = .*pytest\.mark\.unit' --include='test_*.py' tests)
"$bin/pytest" -q -m 'not slow and not long' -n 2 "${tests[@]}"
