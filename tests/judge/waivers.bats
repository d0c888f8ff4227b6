#!/usr/bin/env bats
# Every reason that "Accept" may waive: refused without it, taken with it, and listed as waived in the answer and in
# status.

bats_require_minimum_version 1.5.0

load judge.bash

setup_file() {
    judge_begin
    certificate root as=ca
    certificate leaf issuer=root
    certificate other issuer=root
    certificate stranger-root as=ca
    certificate expired issuer=root from='90 days ago' until='1 day ago'
}

teardown_file() {
    judge_end
}

# waives REASON FIELD CA CERT KEY
waives() {
    refuses "$1" "$2" . "${@:3:3}" && takes "${@:3:3}" "$1" && waived_are "$1" && serves_texts "${@:3:3}"
}

@test "untrusted_chain: the certificate comes from another CA" {
    waives untrusted_chain ssl_cert stranger-root leaf leaf-key
}

@test "untrusted_chain: the root is missing, ssl_ca holds the intermediate CA" {
    certificate middle as=ca issuer=root
    certificate deep issuer=middle
    waives untrusted_chain ssl_ca middle deep deep-key
}

@test "not_a_ca: an anchor with CA:FALSE" {
    certificate no-ca as=none +basicConstraints=critical,CA:FALSE
    certificate of-no-ca issuer=no-ca
    waives not_a_ca ssl_ca no-ca of-no-ca of-no-ca-key
}

@test "same_name: a leaf of its CA's name, without key identifiers" {
    certificate same-root as=ca subject=/CN=same -subjectKeyIdentifier -authorityKeyIdentifier
    certificate same issuer=same-root subject=/CN=same -subjectKeyIdentifier -authorityKeyIdentifier
    waives same_name ssl_cert same-root same same-key
}

@test "expired: the leaf" {
    waives expired ssl_cert root expired expired-key
}

@test "expired: the root" {
    certificate old-root as=ca from='90 days ago' until='1 day ago'
    certificate of-old-root issuer=old-root
    waives expired ssl_ca old-root of-old-root of-old-root-key
}

@test "not_yet_valid: a certificate rolled out before its time" {
    certificate future issuer=root from='2 days' until='30 days'
    waives not_yet_valid ssl_cert root future future-key
}

@test "weak_key: RSA with 1024 bits" {
    certificate small issuer=root kind=rsa:1024
    openssl rsa -in "$PKI/small-key.pem" -traditional -out "$WORK/pkcs1" 2>/dev/null
    waives weak_key ssl_cert root small "$WORK/pkcs1"
}

@test "weak_key: RSA with more than 8192 bits" {
    certificate huge issuer=root kind=rsa-primes:8448
    openssl rsa -in "$PKI/huge-key.pem" -traditional -out "$WORK/pkcs1" 2>/dev/null
    waives weak_key ssl_cert root huge "$WORK/pkcs1"
}

@test "weak_signature: SHA-1" {
    certificate sha1 issuer=root md=sha1
    waives weak_signature ssl_cert root sha1 sha1-key
}

@test "wrong_purpose: for neither side of TLS" {
    certificate coder issuer=root +extendedKeyUsage=codeSigning
    waives wrong_purpose ssl_cert root coder coder-key
}

@test "several reasons: each must be named, and each is listed" {
    certificate old-sha1 issuer=root md=sha1 from='90 days ago' until='1 day ago'
    refuses weak_signature ssl_cert . root old-sha1 old-sha1-key expired
    refuses expired ssl_cert . root old-sha1 old-sha1-key weak_signature
    takes root old-sha1 old-sha1-key expired weak_signature
    waived_are expired weak_signature
}

@test "a reason that does not occur is harmless, and not listed" {
    takes root leaf leaf-key expired untrusted_chain weak_key
    waived_are
    takes root expired expired-key weak_key expired
    waived_are expired
}

@test "a reason named twice is named once" {
    takes root expired expired-key expired expired
    waived_are expired
}

@test "no waiver at all: an empty list and null" {
    document root leaf leaf-key '.Accept = []'
    takes_document
    waived_are
    document root leaf leaf-key '.Accept = null'
    takes_document
    waived_are
}

@test "a waiver holds for one request: the same set is refused again without it" {
    takes root expired expired-key expired
    refuses expired ssl_cert . root expired expired-key
    waived_are_in_status expired
}

waived_are_in_status() {
    equal "waived in status" "$(of_status '.material.waived | join(" ")')" "$1"
}

@test "the same set with a waiver that changes nothing is unchanged" {
    takes root leaf leaf-key
    takes root leaf leaf-key expired
    equal changed "$(jq .changed <<<"$ANSWER")" false
}

@test "an unknown reason is refused and names the nearest, whatever else is named" {
    refuses unsupported Accept 'nearest is "expired"' root leaf leaf-key expird
    refuses unsupported Accept 'nearest is "untrusted_chain"' root leaf leaf-key expired untrusted-chain
    refuses unsupported Accept 'nearest is "weak_key"' root leaf leaf-key WEAK_KEY
    refuses unsupported Accept 'known are ' root leaf leaf-key all
}

@test "an empty reason means none" {
    takes root leaf leaf-key ''
    waived_are
    refuses expired ssl_cert '' root expired expired-key ''
}

@test "a reason that cannot be waived is refused by name" {
    local reason
    for reason in malformed_json missing_field malformed_pem wrong_block encrypted_key key_mismatch handshake_failed \
        too_large judge_failed store_failed none; do
        refuses unsupported Accept 'no reason that can be waived; ' root leaf leaf-key "$reason"
    done
}

@test "all waivers together let nothing through that cannot be waived" {
    local all=(untrusted_chain not_a_ca same_name expired not_yet_valid weak_key weak_signature wrong_purpose)
    refuses key_mismatch ssl_key . root leaf other-key "${all[@]}"
    refuses wrong_block ssl_cert . root leaf-key leaf "${all[@]}"
    openssl pkcs8 -topk8 -in "$PKI/leaf-key.pem" -passout pass:secret -out "$WORK/encrypted"
    refuses encrypted_key ssl_key . root leaf "$WORK/encrypted" "${all[@]}"
    certificate odd issuer=root kind=ec:brainpoolP256r1
    refuses handshake_failed ssl_key . root odd odd-key "${all[@]}"
}
