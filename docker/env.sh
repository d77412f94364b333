#!/usr/bin/env bash
# Write docker/.env from .env.example, with random passwords, unless it is there.
set -euo pipefail
cd "$(dirname "$0")"

[ -e .env ] && exit 0
umask 077
while IFS= read -r line; do
    case $line in
        *_PASSWORD=) printf '%sDw-%s\n' "$line" "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" ;;
        *_SECRET=) printf '%s%s\n' "$line" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" ;;
        *) printf '%s\n' "$line" ;;
    esac
done < .env.example > .env.new
mv .env.new .env
echo "wrote docker/.env with new passwords; keep it safe"
