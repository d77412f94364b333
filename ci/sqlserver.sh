#!/usr/bin/env bash
# The same company on SQL Server and on DuckDB must give the same warehouse: ci/sqlserver.sh [ORDERS]
# For an empty server that DW_SQLSERVER_HOST and the passwords of docker/.env.example lead to.
set -euo pipefail
cd "$(dirname "$0")/.."

orders="${1:-3000}"
make --silent setup-dev
. ./env.sh
export DW_DATA_DIR="$PWD/.data/ci" DW_OLTP_URL="sqlite:///$PWD/.data/ci/oltp.sqlite"
rm -rf "$DW_DATA_DIR"
seeds-oltp seed --orders="$orders"

# One source, so that only the warehouse differs; the sample on the server tries that source too.
DW_SAMPLE_ORDERS=1000 python -m docker.bootstrap
DW_SAMPLE_ORDERS=1000 python -m docker.bootstrap

on_sqlserver() {
    DW_TARGET=sqlserver DW_SQLSERVER_PASSWORD="$DW_ETL_WRITER_PASSWORD" \
        DW_DATA_DIR="$PWD/.data/ci/sqlserver" "$@"
}

echo "ci: first load and build"
on_sqlserver make load build
dw load && dbt --quiet build
on_sqlserver python -m ci.parity "$DW_DATA_DIR"

echo "ci: again with nothing new, then with a business day"
on_sqlserver make load build
seeds-oltp wave 1
on_sqlserver make load build
dw load && dbt --quiet build
on_sqlserver python -m ci.parity "$DW_DATA_DIR"

echo "ci: the whole day, reconciliation and publication included"
on_sqlserver dw run
