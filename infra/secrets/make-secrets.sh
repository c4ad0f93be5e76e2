#!/bin/bash
# Generates the passwords of this installation, once, in the volume at /secrets: one folder for each reader, so that a service
# gets only its own. Existing ones are kept; the databases were created with them.
#
# It runs in the image of PostgreSQL, which has a shell and knows the user that the server runs as.
set -euo pipefail
umask 077

readonly SERVICES='member-service order-service mail-service'
readonly SERVICE_USER=1000 # `node` in the services' images

password() {
  head -c 24 /dev/urandom | base64 | tr '+/' '-_'
}

mkdir -p /secrets/postgres
for role in postgres ${SERVICES//-/_}; do
  [ -s "/secrets/postgres/$role" ] || password >"/secrets/postgres/$role"
done
chown -R postgres:postgres /secrets/postgres

for reader in $SERVICES topics; do
  mkdir -p "/secrets/$reader"
  {
    role=${reader//-/_}
    [ "$reader" = topics ] || echo "DATABASE_URL=postgres://$role:$(cat "/secrets/postgres/$role")@postgres:5432/$role"
    [ "$reader" != mail-service ] || echo 'SMTP_URL=smtp://maildev:1025'
  } >"/secrets/$reader/service.env"
  chown -R "$SERVICE_USER:$SERVICE_USER" "/secrets/$reader"
done
# What make-certificates.sh adds is for the profile `secure`, where it runs after this.
rm -f /secrets/postgres/tls.conf
chmod 755 /secrets
echo 'secrets are in place'
