#!/bin/bash
# For the profile `secure`: each login of make-certificates.sh as a user of Kafka. An existing user gets the password again.
set -euo pipefail

for file in /run/secrets/users/*; do
  /opt/kafka/bin/kafka-configs.sh --bootstrap-server 127.0.0.1:29092 --alter --entity-type users \
    --entity-name "$(basename "$file")" --add-config-file <(echo "SCRAM-SHA-512=password=$(cat "$file")")
done
