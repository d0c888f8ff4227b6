#!/usr/bin/env bats
# Every warning: when it comes, its text, and that it does not come without a cause. A warning refuses nothing.

bats_require_minimum_version 1.5.0

load judge.bash

setup_file() {
    judge_begin
    certificate root as=ca
    certificate leaf issuer=root
    certificate server issuer=root +extendedKeyUsage=serverAuth
    certificate client issuer=root +extendedKeyUsage=clientAuth
    certificate new-root as=ca
    certificate new-leaf issuer=new-root
}

teardown_file() {
    judge_end
}

@test "a good set earns none" {
    takes root leaf leaf-key
    warnings_are
    equal "the warnings in status" "$(of_status -c .material.warnings)" '[]'
}

@test "every warning is in status, too" {
    takes root server server-key
    equal "the warnings in status" "$(of_status -c .material.warnings)" "$(jq -c .warnings <<<"$ANSWER")"
    matches "the warnings in status" "$(of_status -c .material.warnings)" '"name":"one_direction"'
}

# ---- one_direction, lost_direction

@test "one_direction: for servers only" {
    takes root server server-key
    warnings_are one_direction:ssl_cert
    warns one_direction 'good for a TLS server only'
}

@test "one_direction: for clients only" {
    takes root client client-key
    warnings_are one_direction:ssl_cert
    warns one_direction 'good for a TLS client only'
}

@test "one_direction: the CA is for servers only" {
    certificate servers-root as=ca +extendedKeyUsage=serverAuth
    certificate of-servers issuer=servers-root
    takes servers-root of-servers of-servers-key
    warnings_are one_direction:ssl_cert
    warns one_direction 'good for a TLS server only'
}

@test "lost_direction: after one for both" {
    takes root leaf leaf-key
    takes root server server-key
    warnings_are one_direction:ssl_cert lost_direction:ssl_cert
    warns lost_direction 'served certificate is good for a TLS client, this one is not'
}

@test "lost_direction: a server's certificate replaced by a client's" {
    takes root server server-key
    takes root client client-key
    warnings_are one_direction:ssl_cert lost_direction:ssl_cert
    warns lost_direction 'served certificate is good for a TLS server, this one is not'
}

@test "no lost_direction when a direction is won or kept" {
    takes root server server-key
    takes root leaf leaf-key
    warnings_are
    takes root server server-key
    certificate second-server issuer=root +extendedKeyUsage=serverAuth
    takes root second-server second-server-key
    warnings_are one_direction:ssl_cert
}

# ---- short_lifetime

@test "short_lifetime: the leaf, with the days that are left" {
    certificate late issuer=root from='60 days ago' until='29 days'
    takes root late late-key
    warnings_are ends_soon: short_lifetime:
    warns ends_soon 'certificate 1 of ssl_cert \(CN=late.*\) ends on 20[0-9-]+, in 2[89] days'
    warns short_lifetime 'certificate 1 of ssl_cert \(CN=late.*\) has 2[89] days left, under a third of its life'
}

@test "short_lifetime: the root" {
    certificate late-root as=ca from='80 days ago' until='20 days'
    certificate of-late issuer=late-root
    takes late-root of-late of-late-key
    warnings_are ends_before_leaf: ends_soon: short_lifetime:
    warns ends_before_leaf 'certificate 1 of ssl_ca \(CN=late-root.*\) ends on 20[0-9-]+, before the certificate itself'
    warns short_lifetime 'certificate 1 of ssl_ca \(CN=late-root.*\) has (19|20) days left'
}

@test "no short_lifetime just before the last third begins" {
    certificate early issuer=root from='59 days ago' until='31 days'
    takes root early early-key
    warnings_are
}

@test "no short_lifetime for what is off the path" {
    certificate late-other as=ca from='80 days ago' until='20 days'
    takes root+late-other leaf leaf-key
    warnings_are
}

# ---- ends_soon, ends_before_leaf: until when the set is good

@test "the CA ends before the leaf: last, status and metrics report its end, and the certificate to renew" {
    local ends
    certificate brief-root as=ca until='30 days'
    certificate long issuer=brief-root until='3650 days'
    takes brief-root long long-key
    warnings_are ends_before_leaf: ends_soon:
    ends=$(openssl x509 -in "$PKI/brief-root.pem" -noout -enddate -dateopt iso_8601 | cut -c 10-19)
    matches last "$LAST" "valid until $ends\$"
    equal valid_until "$(of_status -r '.material.valid_until | todate[:10]')" "$ends"
    matches valid_until_of "$(of_status -r .material.valid_until_of)" '^certificate 1 of ssl_ca \(CN=brief-root'
    equal not_after "$(of_status -r '.material.not_after | todate[:10]')" \
        "$(openssl x509 -in "$PKI/long.pem" -noout -enddate -dateopt iso_8601 | cut -c 10-19)"
    grep -qxF "certfs_set_valid_until_timestamp_seconds{set=\"/\"} $(of_status .material.valid_until)" "$MNT/metrics"
    grep -qxF "certfs_certificate_not_after_timestamp_seconds{set=\"/\"} $(of_status .material.not_after)" "$MNT/metrics"
}

@test "an intermediate that ends first is the one to renew" {
    certificate brief-middle as=ca issuer=root until='20 days'
    certificate of-middle issuer=brief-middle until='60 days'
    takes root of-middle+brief-middle of-middle-key
    warnings_are ends_before_leaf: ends_soon:
    matches valid_until_of "$(of_status -r .material.valid_until_of)" '^certificate 2 of ssl_cert \(CN=brief-middle'
}

@test "certificates off the path do not end the set" {
    certificate brief-other as=ca until='20 days'
    takes root+brief-other leaf leaf-key
    warnings_are
}

@test "trust anchors alone: the next end among those still valid, and each kind in its own words" {
    certificate dead-root as=ca from='90 days ago' until='1 day ago'
    certificate soon-root as=ca from='90 days ago' until='9 days'
    certificate weak-middle as=ca issuer=root md=sha1
    texts dead-root+root+soon-root+weak-middle >"$WORK/bundle.pem"
    jq -n --rawfile pem "$WORK/bundle.pem" '{CertificateIdentifier: "rds", CertificatePem: $pem}' >"$WORK/bundle.json"
    cat "$WORK/bundle.json" >"$CONTROL"
    matches last "$(cat "$MNT/last")" "valid until $(date -u -d '9 days' +%Y-%m-%d)"
    equal warnings "$(of_status -r '.certificates.noted[0].warnings[] | .name + ": " + .message' | sed 's/ (.*//; s/ ends.*//')" \
        "weak_anchors: 1 of 4 certificates is weak: certificate 4 of CertificatePem
expired_anchors: 1 of 4 certificates is expired: certificate 1 of CertificatePem
ends_soon: certificate 3 of CertificatePem"
    equal "the first of the named sets" "$(of_status -r '.certificates.valid_until | todate[:10]')" "$(date -u -d '9 days' +%Y-%m-%d)"
    equal "its name" "$(of_status -r .certificates.valid_until_of)" rds
    texts dead-root >"$WORK/bundle.pem"
    jq -n --rawfile pem "$WORK/bundle.pem" '{CertificateIdentifier: "rds", Replace: true, CertificatePem: $pem}' >"$WORK/bundle.json"
    cat "$WORK/bundle.json" >"$CONTROL"
    matches last "$(cat "$MNT/last")" 'none of it is valid today'
    echo '{"CertificateIdentifier": "rds", "Action": "rds_remove_binlog_ssl_material"}' >"$CONTROL"
}

# ---- one_tls_version

@test "one_tls_version: an ECDSA leaf that may not sign is no server in TLS 1.2" {
    certificate agree issuer=root +keyUsage=critical,keyAgreement
    takes root agree agree-key
    warnings_are one_tls_version:ssl_cert
    warns one_tls_version 'does not work in TLS 1.2, as a server it works in TLS 1.3 only: its keyUsage lacks digitalSignature'
}

@test "one_tls_version: an RSA leaf that may not sign is reported to strict peers" {
    certificate cipher issuer=root kind=rsa:2048 +keyUsage=critical,keyEncipherment +extendedKeyUsage=serverAuth
    takes root cipher cipher-key
    warnings_are one_direction:ssl_cert one_tls_version:ssl_cert
    warns one_tls_version 'keyUsage lacks digitalSignature: TLS 1.3 demands it'
}

@test "no one_tls_version for a client that may sign, nor for any kind of key" {
    certificate any-client issuer=root +extendedKeyUsage=clientAuth +keyUsage=critical,digitalSignature
    takes root any-client any-client-key
    warnings_are one_direction:ssl_cert
    local kind
    for kind in ec:P-384 ec:P-521 ed25519 ed448 rsa-pss:2048 rsa:3072; do
        certificate "kind-${kind%:*}-${kind#*:}" issuer=root kind="$kind"
        takes root "kind-${kind%:*}-${kind#*:}" "kind-${kind%:*}-${kind#*:}-key"
        warnings_are
    done
}

# ---- strict_peers

# strictly FIELD SENTENCE CA LEAF: what openssl verify refuses with -x509_strict alone has the warning, and nothing
# else.
strictly() {
    remove_material
    takes "$3" "$4" "$4-key"
    warnings_are "strict_peers:$1"
    warns strict_peers "^certificate 1 of $1 $2: strict peers \\(Python 3\\.13\\) refuse it; reissue it$"
    _openssl verify -CAfile "$PKI/$3.pem" "$PKI/$4.pem"
    ! _openssl verify -x509_strict -CAfile "$PKI/$3.pem" "$PKI/$4.pem" 2>/dev/null || fail "openssl takes $4 strictly"
}

@test "strict_peers: a CA without keyUsage, as openssl req -x509 makes it, and what else -x509_strict refuses" {
    certificate lax as=ca -keyUsage
    certificate of-lax issuer=lax
    strictly ssl_ca "lacks keyUsage" lax of-lax
    certificate uncritical as=ca +basicConstraints=CA:TRUE
    certificate of-uncritical issuer=uncritical
    strictly ssl_ca "has basicConstraints uncritical" uncritical of-uncritical
    certificate nameless-key issuer=root -authorityKeyIdentifier
    strictly ssl_cert "lacks authorityKeyIdentifier" root nameless-key
    certificate signer issuer=root +keyUsage=critical,digitalSignature,keyCertSign
    strictly ssl_cert "has (keyCertSign, but is not a CA|no basicConstraints=CA:TRUE)" root signer
}

# A handshake in memory with what is served: the client holds the server to RFC 5280.
strict_handshake() {
    python3 - "$MNT" <<'END'
import ssl, sys
server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=sys.argv[1] + "/ca.pem")
server.load_cert_chain(sys.argv[1] + "/cert.pem", sys.argv[1] + "/key.pem")
client.check_hostname = False
client.verify_flags |= ssl.VERIFY_X509_STRICT
to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
sides = [client.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, server_side=True)]
for side in sides * 4:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        pass
END
}

@test "strict_peers is what Python's VERIFY_X509_STRICT refuses" {
    certificate lax as=ca -keyUsage
    certificate of-lax issuer=lax
    certificate tidy issuer=root
    takes root tidy tidy-key
    warnings_are
    strict_handshake
    remove_material
    takes lax of-lax of-lax-key
    warnings_are strict_peers:ssl_ca
    run strict_handshake
    [ "$status" -ne 0 ]
    matches "what Python says" "$output" "CA cert does not include key usage extension"
}

# ---- pinning, ca_as_leaf

@test "pinning: a self-signed certificate with CA:FALSE that ssl_ca holds" {
    certificate pinned
    takes pinned pinned pinned-key
    warnings_are pinning:ssl_ca
    warns pinning 'ssl_ca holds the certificate itself'
}

@test "ca_as_leaf: a CA certificate as the leaf" {
    certificate ca-leaf as=ca issuer=root -keyUsage
    takes root ca-leaf ca-leaf-key
    warnings_are ca_as_leaf:ssl_cert strict_peers:ssl_cert
    warns ca_as_leaf 'anyone who reads key.pem can issue certificates'
}

@test "pinning and ca_as_leaf: a self-signed certificate as openssl req -x509 makes it" {
    certificate plain as=ca -keyUsage
    takes plain plain plain-key
    warnings_are pinning:ssl_ca ca_as_leaf:ssl_cert
}

# ---- off_path

@test "off_path: names the first one and its flaw, and counts them" {
    certificate off-expired as=ca from='90 days ago' until='1 day ago'
    certificate off-middle as=ca issuer=root md=sha1
    certificate off-no-ca as=none +basicConstraints=critical,CA:FALSE
    takes root+off-expired+off-middle+off-no-ca leaf leaf-key
    warnings_are off_path:ssl_ca
    warns off_path 'certificate 2 of ssl_ca \(CN=off-expired.*\) is expired; off the path, 3 like that in ssl_ca'
    takes root+off-middle leaf leaf-key
    warns off_path 'certificate 2 of ssl_ca \(CN=off-middle.*\) is weak; off the path, 1 like'
    takes root+off-no-ca leaf leaf-key
    warns off_path 'certificate 2 of ssl_ca \(CN=off-no-ca.*\) is not a CA; off the path, 1 like'
}

@test "off_path: a certificate of the chain that is not needed" {
    takes root leaf+new-leaf leaf-key
    warnings_are off_path:ssl_cert
    warns off_path 'certificate 2 of ssl_cert \(CN=new-leaf.*\) is not on the path to ssl_ca'
}

@test "off_path: what a server at level 2 does not load behind its certificate is left out, and named" {
    local kind
    certificate sha1 issuer=root md=sha1
    certificate short issuer=root kind=rsa:1024
    certificate narrow issuer=root kind=ec:prime192v1
    certificate sha1-ca as=ca issuer=root md=sha1
    for kind in sha1 short narrow sha1-ca; do
        takes root "leaf+$kind" leaf-key
        repairs_are weak_certificate:ssl_cert
        warnings_are off_path:ssl_cert
        warns off_path "certificate 2 of ssl_cert \\(CN=$kind.*\\) is too weak to load; it is left out"
        serves_texts root leaf leaf-key
    done
}

@test "no off_path for good roots beside the anchor" {
    certificate sha1-root as=ca kind=rsa:2048 md=sha1
    takes new-root+root+sha1-root leaf leaf-key
    warnings_are
}

# ---- trust_break

@test "trust_break: the new CA replaces the old one at once" {
    takes root leaf leaf-key
    takes new-root new-leaf new-leaf-key
    warnings_are trust_break:ssl_ca
    warns trust_break 'import old and new CA together first'
}

@test "no trust_break on the way: both CAs, then the new certificate, then the new CA alone" {
    takes root leaf leaf-key
    takes root+new-root leaf leaf-key
    warnings_are
    takes root+new-root new-leaf new-leaf-key
    warnings_are
    takes new-root new-leaf new-leaf-key
    warnings_are
}

@test "trust_break: the new certificate comes with the new CA, which peers on the old set do not know yet" {
    takes root leaf leaf-key
    takes root+new-root new-leaf new-leaf-key
    warnings_are trust_break:ssl_ca
}

@test "trust_break: the old CA goes while the served certificate is still its own" {
    takes root+new-root leaf leaf-key
    takes new-root new-leaf new-leaf-key
    warnings_are trust_break:ssl_ca
}

@test "no trust_break for a new certificate of the same CA" {
    certificate another issuer=root
    takes root leaf leaf-key
    takes root another another-key
    warnings_are
}

@test "no trust_break in a rotation of sets for servers only" {
    certificate new-server issuer=new-root +extendedKeyUsage=serverAuth
    takes root server server-key
    takes root+new-root server server-key
    warnings_are one_direction:ssl_cert
    takes root+new-root new-server new-server-key
    warnings_are one_direction:ssl_cert
}

@test "no trust_break for the first set, nor after a removal" {
    takes new-root new-leaf new-leaf-key
    warnings_are
    remove_material
    takes root leaf leaf-key
    warnings_are
}

# ---- files_gone

@test "files_gone: a removal warns once that mysqld will not start" {
    takes root leaf leaf-key
    echo '{"Action": "rds_remove_binlog_ssl_material"}' >"$WORK/remove.json"
    takes_document "$WORK/remove.json"
    warnings_are files_gone:
    warns files_gone 'a mysqld whose my.cnf names them will not start'
    takes_document "$WORK/remove.json"
    warnings_are
}
