# Source me (`. ./env.sh`), and dbt and dw work from any folder of this repository with no flags.
_root="$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")" && pwd)"
. "$_root/.venv/bin/activate"
if [ -f "$_root/.env" ]; then set -a && . "$_root/.env" && set +a; fi
export DBT_PROJECT_DIR="$_root/dbt_project" DBT_PROFILES_DIR="$_root/dbt_project"
# What dbt must know of a server or a lake; dw finds it by itself.
if [ "${DW_TARGET:-duckdb}" = sqlserver ] && [ -z "${DW_SQLSERVER_DRIVER:-}" ]; then
    DW_SQLSERVER_DRIVER="$(python -m core.engines.sqlserver)" && export DW_SQLSERVER_DRIVER
fi
if [ "${DW_TARGET:-duckdb}" = spark ]; then set -a && . <(python -m core.engines.spark) && set +a; fi
unset _root
