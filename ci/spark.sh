#!/usr/bin/env bash
# The same company on Spark with Iceberg and on DuckDB must give the same warehouse: ci/spark.sh [ORDERS]
# A base load and two business days, all in .data/spark; takes Java 17 and the extra `spark`.
set -euo pipefail
cd "$(dirname "$0")/.."

orders="${1:-1000}"
. ./env.sh
export DW_DATA_DIR="$PWD/.data/spark" DW_OLTP_URL="sqlite:///$PWD/.data/spark/oltp.sqlite"
# Small data only; for much, Spark's own settings are the better ones.
if [ "$orders" -le 20000 ]; then export SPARK_CONF_DIR="$PWD/ci/spark" DW_SPARK_PARTITIONS=1; fi
rm -rf "$DW_DATA_DIR"
seeds-oltp seed --orders="$orders"

on_spark() {
    DW_TARGET=spark DW_DATA_DIR="$PWD/.data/spark/spark" "$@"
}

for day in 0 1 2; do
    if [ "$day" != 0 ]; then seeds-oltp wave "$day"; fi
    echo "spark: day $day"
    on_spark dw run
    dw run
done
on_spark python -m ci.parity "$DW_DATA_DIR"
on_spark python -m ci.snapshots
