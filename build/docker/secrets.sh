#!/usr/bin/env bash
# Makes the secrets of the compose file, each once, for their owner's eyes only.
set -euo pipefail
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
for name in postgres s3 jwt seal; do
  # Hexadecimal: it stands in a URL as it is.
  [[ -s secrets/$name ]] || head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"secrets/$name"
done
printf 'postgres://retable:%s@postgres/retable?sslmode=disable' "$(<secrets/postgres)" >secrets/database
# Containers read them as another user.
chmod 711 secrets; chmod 644 secrets/*
