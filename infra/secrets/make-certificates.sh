#!/bin/bash
# For the profile `secure`: a certificate authority of this installation, a certificate for each server, a login to Kafka
# for each client, and the settings for clients. Runs after make-secrets.sh on the same volume, at every start;
# a certificate that is valid for another month is kept.
set -euo pipefail
umask 077

readonly DAYS=${CERTIFICATE_DAYS:-365}
readonly RENEWED_DAYS_BEFORE=30
readonly AUTHORITY_DAYS=3650
readonly AUTHORITY=/secrets/authority
# generated from apps/*/service.json by npm run generate: BEGIN services
readonly SERVICES='member-service order-service mail-service sms-service'
# generated from apps/*/service.json by npm run generate: END services
readonly CLIENTS="$SERVICES topics console"
readonly IMAGE_USER=1000 # `node` and `appuser` in the images of services, MailDev and Kafka

new_key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc)

make_authority() {
  [ ! -s $AUTHORITY/ca.crt ] || return 0
  mkdir -p $AUTHORITY
  openssl req -x509 "${new_key[@]}" -subj '/CN=event-bus' -days $AUTHORITY_DAYS \
    -addext keyUsage=critical,keyCertSign -keyout $AUTHORITY/ca.key -out $AUTHORITY/ca.crt
}

# certify <folder> <owner> <its names, as in a certificate>
certify() {
  local folder=/secrets/$1 owner=$2 names=$3
  mkdir -p "$folder"
  if [ "$DAYS" -lt $RENEWED_DAYS_BEFORE ] ||
    ! openssl x509 -checkend $((RENEWED_DAYS_BEFORE * 86400)) -noout -in "$folder/server.crt" >/dev/null 2>&1; then
    openssl req "${new_key[@]}" -subj "/CN=$1" -addext "subjectAltName=$names" -keyout "$folder/server.key" |
      openssl x509 -req -copy_extensions copy -days "$DAYS" -CA $AUTHORITY/ca.crt -CAkey $AUTHORITY/ca.key -out "$folder/server.crt"
    cat "$folder/server.key" "$folder/server.crt" >"$folder/server.pem"
  fi
  chown -R "$owner" "$folder"
}

# encrypt_postgres: read by the server when it starts; connections from outside need TLS
encrypt_postgres() {
  cat >/secrets/postgres/pg_hba.conf <<'HBA'
local   all all     trust
hostssl all all all scram-sha-256
HBA
  cat >/secrets/postgres/tls.conf <<'CONF'
ssl = on
ssl_cert_file = '/run/secrets/server.crt'
ssl_key_file = '/run/secrets/server.key'
hba_file = '/run/secrets/pg_hba.conf'
CONF
}

# configure <client>: its login and the trusted authority, in addition to what make-secrets.sh has written
configure() {
  local password=/secrets/kafka/users/$1 settings=/secrets/$1/service.env
  [ -s "$password" ] || head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$password"
  cp $AUTHORITY/ca.crt "/secrets/$1/ca.crt"
  sed -i "$settings" \
    -e '/^KAFKA_/d; /^SMTP_SSL_CA=/d; s|^SMTP_URL=smtp:|SMTP_URL=smtps:|' \
    -e '/^DATABASE_URL=[^?]*$/ s|$|?sslmode=verify-full\&sslrootcert=/run/secrets/ca.crt|'
  {
    echo 'KAFKA_SSL_CA=/run/secrets/ca.crt'
    echo "KAFKA_SASL_USERNAME=$1"
    echo "KAFKA_SASL_PASSWORD=$(cat "$password")"
    echo 'SMTP_SSL_CA=/run/secrets/ca.crt'
  } >>"$settings"
  chown -R "$IMAGE_USER:$IMAGE_USER" "/secrets/$1"
}

mkdir -p /secrets/kafka/users
make_authority
for client in $CLIENTS; do configure "$client"; done
encrypt_postgres
certify postgres postgres:postgres DNS:postgres,DNS:localhost,IP:127.0.0.1
certify kafka "$IMAGE_USER:$IMAGE_USER" DNS:broker,DNS:kafka-secure,DNS:localhost,IP:127.0.0.1
certify maildev "$IMAGE_USER:$IMAGE_USER" DNS:maildev,DNS:localhost,IP:127.0.0.1
echo 'certificates and logins are in place'
