# shellcheck shell=sh disable=SC2128,SC3028
# Source me (`. ./env.sh`), in bash or any POSIX shell: dbt and dw work in this shell with no flags.
# What the environment says stands, .env says the rest; once .env has changed, source me again.
if [ -n "${BASH_VERSION:-}" ]; then
    # The array by its first element, which a POSIX shell can read too.
    _root="$(cd "$(dirname "$BASH_SOURCE")" && pwd)"
elif [ -n "${ZSH_VERSION:-}" ]; then
    _root="$(cd "$(dirname "$0")" && pwd)"
else
    # A POSIX shell does not tell what it sources.
    _root="$PWD"
fi
if [ ! -f "$_root/core/environment.py" ]; then
    echo "env.sh: source me in the project's folder: cd /path/to/it && . ./env.sh" >&2
    return 2
fi
if [ ! -x "$_root/.venv/bin/python" ]; then
    echo "env.sh: there is no $_root/.venv yet; run \`make setup\`" >&2
    return 2
fi
case ":$PATH:" in
    *":$_root/.venv/bin:"*) ;;
    *) export PATH="$_root/.venv/bin:$PATH" ;;
esac
export VIRTUAL_ENV="$_root/.venv"
export DBT_PROJECT_DIR="$_root/dbt_project" DBT_PROFILES_DIR="$_root/dbt_project"
# What .env has said before it no longer says.
eval "unset _none ${_dw_exported:-}"
_exports="$(cd "$_root" && python -m core.shell)" || {
    unset _root _exports _data
    return 2
}
eval "$_exports"
if [ ! -w "$DBT_PROJECT_DIR" ]; then
    # What dbt writes beside its project goes where the rest is written.
    _data="${DW_DATA_DIR:-$_root/.data}"
    export DBT_LOG_PATH="$_data/logs" DBT_TARGET_PATH="$_data/dbt_shell"
fi
unset _root _exports _data
