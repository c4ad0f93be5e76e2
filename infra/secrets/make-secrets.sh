#!/bin/bash
# Generates the passwords of this installation, once, in the volume at /secrets: one folder for each reader, so that a service
# gets only its own. Existing ones are kept; the databases were created with them.
#
# It runs in the image of PostgreSQL, which has a shell and knows the user that the server runs as.
set -euo pipefail
umask 077

# generated from apps/*/service.json by npm run generate: BEGIN services
readonly SERVICES='member-service order-service mail-service sms-service'

# secret_settings <service>: those that only this service has
secret_settings() {
  case $1 in
    mail-service) printf '%s\n' 'SMTP_URL=smtp://maildev:1025' ;;
    sms-service) printf '%s\n' 'SMS_GATEWAY_URL=http://sms-gateway:1090' ;;
    *) ;;
  esac
}
# generated from apps/*/service.json by npm run generate: END services
readonly SERVICE_USER=1000 # `node` in the services' images
readonly GRAFANA_USER=472  # `grafana` in its image

password() {
  head -c 24 /dev/urandom | base64 | tr '+/' '-_'
}

mkdir -p /secrets/postgres
for role in postgres ${SERVICES//-/_}; do
  [ -s "/secrets/postgres/$role" ] || password >"/secrets/postgres/$role"
done
chown -R postgres:postgres /secrets/postgres

# `admin`: what the services' admin endpoints require, and the console sends. `console`: what a browser has to know.
mkdir -p /secrets/tokens
for token in admin console; do
  [ -s "/secrets/tokens/$token" ] || password >"/secrets/tokens/$token"
done

for reader in $SERVICES topics console; do
  mkdir -p "/secrets/$reader"
  {
    role=${reader//-/_}
    case $reader in topics | console) ;; *) echo "DATABASE_URL=postgres://$role:$(cat "/secrets/postgres/$role")@postgres:5432/$role" ;; esac
    [ "$reader" = topics ] || echo "ADMIN_TOKEN=$(cat /secrets/tokens/admin)"
    [ "$reader" != console ] || echo "CONSOLE_TOKEN=$(cat /secrets/tokens/console)"
    secret_settings "$reader"
  } >"/secrets/$reader/service.env"
  chown -R "$SERVICE_USER:$SERVICE_USER" "/secrets/$reader"
done
# The administrator of Grafana, for the profile `observability`.
mkdir -p /secrets/grafana
[ -s /secrets/grafana/admin ] || password >/secrets/grafana/admin
chown -R "$GRAFANA_USER" /secrets/grafana
# What make-certificates.sh adds is for the profile `secure`, where it runs after this.
rm -f /secrets/postgres/tls.conf
chmod 755 /secrets
echo 'secrets are in place'
