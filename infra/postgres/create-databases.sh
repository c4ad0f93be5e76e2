#!/bin/bash
# Runs once, when the server's folder is new: a database per service, and a role of the same name that owns it. No other
# role may connect: a service must not read another's tables.
set -euo pipefail

# generated from apps/*/service.json by npm run generate: BEGIN services
readonly DATABASES='member_service order_service mail_service sms_service'
# generated from apps/*/service.json by npm run generate: END services

for name in $DATABASES; do
  psql --username "$POSTGRES_USER" --set ON_ERROR_STOP=1 --set name="$name" --set password="$(cat "/run/secrets/$name")" <<'SQL'
    CREATE ROLE :"name" LOGIN PASSWORD :'password';
    CREATE DATABASE :"name" OWNER :"name" TEMPLATE template0;
    REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done

# With the profile `secure` there is such a file.
echo "include_if_exists = '/run/secrets/tls.conf'" >>"$PGDATA/postgresql.conf"
