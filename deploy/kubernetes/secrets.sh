#!/bin/sh
# What the manifests refer to and do not hold, from a folder of keys and certificates: secrets.sh development|production FOLDER [KUBECTL OPTION...]
# development: the folder of the simulator's 'pki'. production: the folder of deploy/pki/make-pki.sh. With --dry-run=client -o yaml it only prints them.
set -eu
case ${1:-} in development | production) ;; *) echo "Write $0 development|production FOLDER" >&2; exit 2 ;; esac
kind=$1
cd "$2"
shift 2
create() { kubectl create --namespace=edgesync "$@"; }

# Certificates that everybody may see; and the keys.
create configmap fleet-ca --from-file=fleet-ca.pem "$@"
create secret generic issuing-ca --from-file=issuing.pem "$@"
create secret generic receipts-signer --from-file=receipts.pem --from-file=receipts.key "$@"
create secret generic token-keys --from-file=token-keys "$@"
if [ "$kind" = development ]; then
  create secret tls gateway-tls --cert=gateway.pem --key=gateway.key "$@"
  create configmap operators --from-file=operators.json "$@"
else
  # cert-manager makes gateway-tls with it.
  create secret tls server-ca --cert=server-ca.crt --key=server-ca.key "$@"
fi
