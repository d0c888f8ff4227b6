#!/usr/bin/env bats
# Certificate sets as the world has them, each with the outcome of the contract. Accepted ones are also looked at by
# openssl, as a server and a client would.

bats_require_minimum_version 1.5.0

load judge.bash

setup_file() {
    judge_begin
    certificate root as=ca
    certificate leaf issuer=root
}

teardown_file() {
    judge_end
}

# takes_quietly CA CERT KEY: without repairs and warnings.
takes_quietly() {
    takes "$@" && repairs_are && warnings_are && verifies
}

# takes_strictly FIELD CA CERT KEY: as it is, and warns of a certificate in the field that strict peers refuse.
takes_strictly() {
    takes "${@:2}" && repairs_are && warnings_are "strict_peers:$1" && verifies
}

# The served files, by openssl at level 2.
verifies() {
    _openssl verify -no-CApath -no-CAstore -auth_level 2 -CAfile "$MNT/ca.pem" -untrusted "$MNT/cert.pem" "$MNT/cert.pem"
}

# ---- MySQL

# Version 3, a common name and basicConstraints, nothing else; serials 1, 2, 3; ten years.
auto_generated() {
    local name="MySQL_Server_8.0.36_Auto_Generated" none=(-subjectKeyIdentifier -authorityKeyIdentifier)
    certificate mysql-ca as=none kind=rsa:2048 subject="/CN=${name}_CA_Certificate" until='3650 days' \
        +basicConstraints=critical,CA:TRUE "${none[@]}"
    certificate "mysql-$1" as=none issuer=mysql-ca kind=rsa:2048 subject="/CN=${name}_${1^}_Certificate" until='3650 days' \
        +basicConstraints=critical,CA:FALSE "${none[@]}"
}

@test "MySQL's auto-generated server certificate" {
    auto_generated server
    takes_strictly ssl_cert mysql-ca mysql-server mysql-server-key
}

@test "MySQL's auto-generated client certificate" {
    auto_generated client
    takes_strictly ssl_cert mysql-ca mysql-client mysql-client-key
}

@test "the recipe of MySQL's manual, command by command" {
    cd "$WORK"
    openssl genrsa 2048 >ca-key.pem 2>/dev/null
    openssl req -new -x509 -nodes -days 3600 -key ca-key.pem -out ca.pem -subj "/C=SE/O=MySQL AB/CN=ca"
    openssl req -newkey rsa:2048 -nodes -keyout server-key.pem -out server-req.pem -subj "/C=SE/O=MySQL AB/CN=server" 2>/dev/null
    openssl rsa -in server-key.pem -out server-key.pem 2>/dev/null
    openssl x509 -req -in server-req.pem -days 3600 -CA ca.pem -CAkey ca-key.pem -set_serial 01 -out server-cert.pem 2>/dev/null
    takes_strictly ssl_ca "$WORK/ca.pem" "$WORK/server-cert.pem" "$WORK/server-key.pem"
    version_1 server-cert.pem ca-key.pem
    openssl x509 -noout -text -in server-cert.pem | grep -q 'Version: 1'
    takes_strictly ssl_ca "$WORK/ca.pem" "$WORK/server-cert.pem" "$WORK/server-key.pem"
}

@test "the same recipe with one name for all, as many have it: same_name" {
    cd "$WORK"
    openssl req -newkey rsa:2048 -nodes -x509 -days 3600 -keyout ca-key.pem -out ca.pem -subj "/CN=db" 2>/dev/null
    openssl req -newkey rsa:2048 -nodes -keyout server-key.pem -out server-req.pem -subj "/CN=db" 2>/dev/null
    openssl x509 -req -in server-req.pem -days 3600 -CA ca.pem -CAkey ca-key.pem -set_serial 01 -out server-cert.pem 2>/dev/null
    version_1 server-cert.pem ca-key.pem
    refuses same_name ssl_cert 'certificate 1 of ssl_cert \(CN=db\) has the name of its CA' \
        "$WORK/ca.pem" "$WORK/server-cert.pem" "$WORK/server-key.pem"
}

# ---- roots and names

@test "a version 1 root with a version 1 leaf" {
    certificate v1-root as=v1 kind=rsa:2048
    certificate v1-leaf as=v1 issuer=v1-root kind=rsa:2048
    openssl x509 -noout -text -in "$PKI/v1-root.pem" | grep -q 'Version: 1'
    takes_strictly ssl_ca v1-root v1-leaf v1-leaf-key
}

@test "a version 1 root with a version 3 leaf" {
    certificate v1-root as=v1 kind=rsa:2048
    certificate of-v1 issuer=v1-root -authorityKeyIdentifier
    takes_strictly ssl_cert v1-root of-v1 of-v1-key
}

@test "CA and server certificate of one name, with key identifiers: taken" {
    certificate named-root as=ca subject=/CN=db
    certificate named issuer=named-root subject=/CN=db
    takes_quietly named-root named named-key
}

@test "CA and server certificate of one name, without: refused as same_name" {
    certificate named-root as=ca subject=/CN=db -subjectKeyIdentifier -authorityKeyIdentifier
    certificate named issuer=named-root subject=/CN=db -subjectKeyIdentifier -authorityKeyIdentifier
    refuses same_name ssl_cert 'give the two different names' named-root named named-key
}

@test "an intermediate CA of its root's name: the CA has changed its key, and signed the new one with the old" {
    certificate old-key as=ca subject=/CN=rolled
    certificate new-key as=ca issuer=old-key subject=/CN=rolled
    certificate of-new-key issuer=new-key
    _openssl verify -no-CApath -no-CAstore -auth_level 2 -CAfile "$PKI/old-key.pem" -untrusted "$PKI/new-key.pem" "$PKI/of-new-key.pem"
    takes_quietly old-key of-new-key+new-key of-new-key-key
    serves_texts old-key of-new-key+new-key of-new-key-key
}

@test "a rollover bundle of two CAs of one name, and a leaf that identifies its own: any order" {
    certificate may as=ca subject=/CN=rollover
    certificate june as=ca subject=/CN=rollover
    certificate clear issuer=june
    takes_quietly may+june clear clear-key
    takes_quietly june+may clear clear-key
}

@test "a rollover bundle of two CAs of one name, and a leaf that does not identify its own: the right one is served first" {
    certificate may as=ca subject=/CN=rollover
    certificate june as=ca subject=/CN=rollover
    certificate vague issuer=june -authorityKeyIdentifier
    takes_strictly ssl_cert june+may vague vague-key
    remove_material
    takes may+june vague vague-key
    repairs_are anchor_order:ssl_ca
    serves_texts june+may vague vague-key
    verifies
}

@test "a CA that was renewed and kept its key: old and new one in any order" {
    certificate may as=ca subject=/CN=renewed
    certificate june as=ca key=may subject=/CN=renewed until='120 days'
    certificate of-may issuer=may until='60 days'
    takes_quietly may+june of-may of-may-key
    takes_quietly june+may of-may of-may-key
}

@test "a CA that was renewed and kept its key: the old one has expired, and is off the path in any order" {
    certificate april as=ca subject=/CN=renewed from='90 days ago' until='1 day ago'
    certificate june as=ca key=april subject=/CN=renewed
    certificate of-april issuer=april
    texts june+april >"$WORK/june-first"
    texts april+june >"$WORK/april-first"
    for order in june-first april-first; do
        _openssl verify -no-CApath -no-CAstore -auth_level 2 -CAfile "$WORK/$order" "$PKI/of-april.pem"
        takes "$WORK/$order" of-april of-april-key
        warnings_are off_path:ssl_ca
        verifies
    done
}

@test "an intermediate CA that was renewed and kept its key: the expired one is still there" {
    certificate april-middle as=ca issuer=root subject=/CN=middle from='90 days ago' until='1 day ago'
    certificate june-middle as=ca issuer=root key=april-middle subject=/CN=middle
    certificate of-both issuer=april-middle
    for order in june-middle+april-middle april-middle+june-middle; do
        texts "$order" >"$WORK/middles"
        _openssl verify -no-CApath -no-CAstore -auth_level 2 -CAfile "$PKI/root.pem" -untrusted "$WORK/middles" "$PKI/of-both.pem"
        takes root "of-both+$order" of-both-key
        verifies
    done
}

@test "a cross-signed intermediate CA: either root will do" {
    certificate other-root as=ca
    certificate middle as=ca issuer=root
    certificate crossed as=ca issuer=other-root key=middle "subject=/O=certfs tests of the judge/CN=middle"
    certificate deep issuer=middle
    takes root deep+crossed+middle deep-key
    verifies
    takes other-root deep+middle+crossed deep-key
    verifies
}

@test "a chain of three intermediate CAs, the upper ones in ssl_ca" {
    certificate first as=ca issuer=root
    certificate second as=ca issuer=first
    certificate third as=ca issuer=second
    certificate deepest issuer=third
    takes_quietly root deepest+third+second+first deepest-key
    remove_material
    takes_quietly root+first+second deepest+third deepest-key
    remove_material
    takes_quietly root+first+second+third deepest deepest-key
}

# ---- a separate client CA

@test "a server CA in ssl_ca and a client's certificate from another CA: refused, and accepted if waived" {
    certificate client-root as=ca
    certificate client issuer=client-root
    refuses untrusted_chain ssl_cert 'certificate 1 of ssl_cert was issued by CN=.*, missing in ssl_cert \(intermediate\) or ssl_ca \(root\)' root client client-key
    takes root client client-key untrusted_chain
    waived_are untrusted_chain
    serves_texts root client client-key
}

# ---- bundles

# 99 roots; one key makes them cheap.
many_roots() {
    local i
    for i in {1..96}; do
        _openssl req -x509 -key "$PKI/root-key.pem" -days 30 -subj "/O=certfs tests/CN=root $i" -out "$PKI/root$i.pem"
        cat "$PKI/root$i.pem"
    done
    certificate old1 as=ca from='900 days ago' until='90 days ago'
    certificate old2 as=ca kind=rsa:2048 md=sha1 from='900 days ago' until='90 days ago'
    certificate sha1-root as=ca key=old2 md=sha1
    cat "$PKI"/{old1,old2,sha1-root}.pem
}

@test "an ssl_ca of a hundred roots, expired and SHA-1 ones among them" {
    many_roots >"$WORK/bundle"
    takes "$WORK/bundle+root" leaf leaf-key
    repairs_are
    warnings_are off_path:ssl_ca
    warns off_path 'certificate 97 of ssl_ca \(CN=old1.*\) is expired; off the path, 2 like that'
    serves_texts "$WORK/bundle+root" leaf leaf-key
    equal "the certificates in ssl_ca" "$(grep -c BEGIN "$MNT/ca.pem")" 100
    verifies
}

@test "own root and a bundle that has it, too: once" {
    certificate other-root as=ca
    takes root+other-root+root leaf leaf-key
    repairs_are duplicate_certificate:ssl_ca
    serves_texts root+other-root leaf leaf-key
}

# ---- pinning

@test "pinning with CA:FALSE" {
    certificate pinned
    takes pinned pinned pinned-key
    warnings_are pinning:ssl_ca
    verifies
}

@test "pinning with CA:TRUE, as openssl req -x509 makes it" {
    _openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj /CN=db -keyout "$PKI/plain-key.pem" -out "$PKI/plain.pem"
    takes plain plain plain-key
    warnings_are pinning:ssl_ca ca_as_leaf:ssl_cert
    verifies
}

@test "pinning a peer's certificate with CA:FALSE, an own one from elsewhere: refused, and accepted if waived" {
    certificate peer
    refuses untrusted_chain ssl_cert 'certificate 1 of ssl_cert was issued by CN=.*, missing in ssl_cert \(intermediate\) or ssl_ca \(root\)' peer leaf leaf-key
    takes peer leaf leaf-key untrusted_chain
    waived_are untrusted_chain
    warnings_are off_path:ssl_ca
}

@test "each side's own self-signed certificate, both in ssl_ca" {
    certificate mine
    certificate theirs
    takes mine+theirs mine mine-key
    verifies
}

# ---- kinds of keys

# works_with KIND ALGORITHM BITS [ARGUMENT...]: CA and leaf of this kind; the set is served, verifies and shakes hands.
works_with() {
    local name=${1//:/-}
    certificate "$name-root" as=ca kind="$1" "${@:4}"
    certificate "$name" issuer="$name-root" kind="$1" "${@:4}"
    takes_quietly "$name-root" "$name" "$name-key" || return
    equal "the key in status" "$(of_status -c '.material | [.key_algorithm, .key_bits]')" "[\"$2\",$3]"
    same <(openssl pkey -in "$MNT/key.pem" -pubout) <(openssl x509 -in "$PKI/$name.pem" -noout -pubkey)
    equal "the key's label" "$(head -n 1 "$MNT/key.pem")" \
        "-----BEGIN $([ "$2" != RSA ] || printf 'RSA ')PRIVATE KEY-----"
}

@test "RSA with 2048 bits" { works_with rsa:2048 RSA 2048; }
@test "RSA with 3072 bits" { works_with rsa:3072 RSA 3072; }
@test "RSA with 4096 bits" { works_with rsa:4096 RSA 4096; }
@test "P-256" { works_with ec:P-256 EC 256; }
@test "P-384" { works_with ec:P-384 EC 384 md=sha384; }
@test "P-521" { works_with ec:P-521 EC 521 md=sha512; }
@test "Ed25519" { works_with ed25519 ED25519 256; }
@test "RSA-PSS" { works_with rsa-pss:2048 RSA-PSS 2048; }

@test "RSA below an EC root, EC below an RSA root, Ed25519 below both" {
    certificate rsa-root as=ca kind=rsa:2048
    certificate rsa-leaf issuer=root kind=rsa:2048
    certificate ec-leaf issuer=rsa-root
    certificate ed-leaf issuer=rsa-root kind=ed25519
    certificate ed-other issuer=root kind=ed25519
    takes_quietly root+rsa-root rsa-leaf rsa-leaf-key
    takes_quietly root+rsa-root ec-leaf ec-leaf-key
    takes_quietly root+rsa-root ed-leaf ed-leaf-key
    takes_quietly root+rsa-root ed-other ed-other-key
}

# A key of four primes, which are found in three seconds; two take minutes at times. The corpora have keys of two.
@test "RSA with 8192 bits" {
    certificate big issuer=root kind=rsa-primes:8192
    takes_quietly root big big-key
    equal "the key in status" "$(of_status -c '.material | [.key_algorithm, .key_bits]')" '["RSA",8192]'
}
