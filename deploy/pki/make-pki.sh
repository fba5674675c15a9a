#!/bin/sh
# Makes the keys and certificates of a fleet, once, with OpenSSL 3: make-pki.sh FOLDER NAME...
# NAME is what devices and operators connect to (a DNS name, or an IP address as IP:192.0.2.1); several may be given. Run it on a machine that is not on the network,
# and keep FOLDER/offline there: whoever has the root's key is the fleet. Nothing that exists is made again.
set -eu
[ $# -ge 2 ] || { echo "Write $0 FOLDER NAME..." >&2; exit 2; }
umask 077
folder=$1
shift
mkdir -p "$folder/offline" "$folder/token-keys"
cd "$folder"

key() { [ -f "$1" ] || openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

# certificate SUBJECT KEY FILE DAYS ISSUER ISSUER_KEY EXTENSION...
certificate() {
  subject=$1 of=$2 file=$3 days=$4 issuer=$5 issuer_key=$6
  shift 6
  [ ! -f "$file" ] || return 0
  for extension in "$@"; do set -- "$@" -addext "$extension"; shift; done
  openssl req -x509 -new -config /dev/null -subj "/CN=$subject" -key "$of" -sha256 -days "$days" -CA "$issuer" -CAkey "$issuer_key" "$@" -out "$file"
}

# authority SUBJECT KEY FILE: an intermediate below the root that signs no further one.
authority() {
  certificate "$1" "$2" "$3" 1825 offline/root.pem offline/root.key \
    "basicConstraints=critical,CA:TRUE,pathlen:0" "keyUsage=critical,keyCertSign,cRLSign" "subjectKeyIdentifier=hash"
}

# leaf SUBJECT KEY FILE ISSUER USAGE [NAMES]: ends in the root through server-ca or issuing.
leaf() {
  [ ! -f "$3" ] || return 0
  certificate "$1" "$2" "$3.new" 397 "$4.crt" "$4.key" "basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature" "$5" ${6:+"$6"}
  cat "$3.new" "$4.crt" >"$3"
  rm "$3.new"
}

key offline/root.key
[ -f offline/root.pem ] || openssl req -x509 -new -config /dev/null -subj "/CN=EdgeSync fleet root" -key offline/root.key -sha256 -days 7300 -out offline/root.pem \
  -addext "basicConstraints=critical,CA:TRUE,pathlen:1" -addext "keyUsage=critical,keyCertSign,cRLSign" -addext "subjectKeyIdentifier=hash"

# Devices' certificates, for Commands; and the gateway's, by hand or by cert-manager.
key issuing.key
authority "EdgeSync fleet issuing CA" issuing.key issuing.crt
cat issuing.crt issuing.key >issuing.pem
key server-ca.key
authority "EdgeSync server CA" server-ca.key server-ca.crt
# What devices and the gateway trust: the root, and what stands between it and devices.
cat offline/root.pem issuing.crt >fleet-ca.pem

names=
for name in "$@"; do
  case $name in IP:*) ;; *) name=DNS:$name ;; esac
  names=${names:+$names,}$name
done
key gateway.key
key gateway-next.key
leaf "EdgeSync gateway" gateway.key gateway.pem server-ca "extendedKeyUsage=serverAuth" "subjectAltName=$names"

# Receipts are signed by a certificate for this usage and no other (docs/security.md).
key receipts.key
leaf "EdgeSync receipts" receipts.key receipts.pem issuing "extendedKeyUsage=2.25.39075322222372915327227117876240740216"

ls token-keys/*.pem >/dev/null 2>&1 || key "token-keys/$(date -u +%Y-%m-%d).pem"

for name in gateway gateway-next; do
  printf 'pin of %s: sha256/%s\n' "$name" "$(openssl pkey -in $name.key -pubout -outform DER | openssl dgst -sha256 -binary | base64)"
done
