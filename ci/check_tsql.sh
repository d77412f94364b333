#!/usr/bin/env bash
# Check the SQL of every model, test and reference query against SQL Server's grammar and names, with
# no server: compiled as for a first build, then as for an incremental one.
set -euo pipefail
cd "$(dirname "$0")/.."

tools="${DW_SHARED_TOOLS:-../shared/tools}"
if [ ! -f "$tools/tsql_check.py" ]; then
    echo "check-tsql: skipped, since $tools has no tsql_check.py (DW_SHARED_TOOLS names its folder)"
    exit 0
fi

project="$PWD/dbt_project"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
# The checker looks for seeds beside the target folder.
ln -s "$project/seeds" "$work/seeds"
python -m ci.staging_ddl > "$work/staging.sql"

compile() {
    dbt --quiet compile --target sqlserver \
        --project-dir "$project" --profiles-dir "$project" \
        --target-path "$work/$1" --log-path "$work/logs" \
        --no-populate-cache --no-introspect --vars "{offline: $1, por: $2}"
    # The checker knows models and tests; a reference query is to it as a test is.
    sed -i 's/"resource_type": "analysis"/"resource_type": "test"/g' "$work/$1/manifest.json"
}

check() {
    echo "check-tsql: $1 build"
    python "$tools/tsql_check.py" run-sql "$work/$1" --ddl "$work/staging.sql" "${@:2}"
}

echo "check-tsql: scripts"
python "$tools/tsql_check.py" parse docker/sqlserver/*.sql seeds_oltp/sqlserver.sql

compile full "[]"
check full --columns "$work/columns.json"
echo "check-tsql: what is selected fits its column"
python -m ci.column_types "$work/columns.json" "$work/full/manifest.json"
echo "check-tsql: a linter's reading"
# Its dialect must understand everything; style is judged where the models are written.
sqlfluff lint --dialect tsql --templater raw --processes 2 \
    --rules AL03,AL04,AM01,AM02,AM05,AM06,RF01,ST03,ST07 \
    "$work/full/compiled/dw_ecommerce/models" "$work/full/compiled/dw_ecommerce/analyses"

python -m ci.before_ddl "$work/columns.json" >> "$work/staging.sql"
compile incremental "[mes, regiao, categoria, equipe, vendedor, canal, campanha, comando]"
check incremental --this "$work/columns.json"
