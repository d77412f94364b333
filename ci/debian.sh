#!/usr/bin/env bash
# Debian's packages that the tests take and pip cannot bring: ODBC for SQL Server, other
# locales, a browser, the stack's proxy and a certificate for it, a MariaDB, ICU for Microsoft's
# parser, Java for Spark. What is there is left as it is.
set -euo pipefail
wanted=()
need() { # PACKAGE WAY-TO-TELL...
    local package="$1"
    shift
    "$@" > /dev/null 2>&1 || wanted+=("$package")
}
library() { ldconfig -p | grep -q "$1"; }
need unixodbc library libodbc.so.2
need libgssapi-krb5-2 library libgssapi_krb5.so.2
need libicu72 library libicuuc.so
need locales test -f /usr/share/i18n/locales/pt_BR
need chromium command -v chromium
need nginx-light command -v nginx
need openssl command -v openssl
need mariadb-server command -v mariadbd
need openjdk-17-jre-headless command -v java
if [ "${#wanted[@]}" -gt 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${wanted[@]}" > /dev/null
fi
