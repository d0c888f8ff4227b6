#!/usr/bin/env bats
# Small documents made from what people reported, each with what its sender must get; skipped where they are not at
# hand. Their kinds have tests of their own in tests/unit and in this folder, with material of their own.

bats_require_minimum_version 1.5.0
load ../lib/certfs.bash

CASES=$ROOT/../shared/cases

setup() {
    [ -d "$CASES" ] || skip "no ../shared/cases here"
}

# gives NAME STATUS PATTERN: what certfs --check answers, and its exit status.
gives() {
    run --separate-stderr "$CERTFS" --check <"$CASES/$1.json"
    [ "$status" = "$2" ] && [[ $output =~ $3 ]] || fail "$1: $status $output, expected $2 and a match of '$3'"
}

@test "prose around blocks, whatever words are in it" {
    local name
    for name in text-around-1 text-around-2 text-around-4; do
        gives "$name" 0 '"repairs":.*"text_around"'
    done
    gives x509-text-END-name 0 '"text_around","field":"ssl_ca".*"text_around","field":"ssl_cert"'
    gives comment-with-begin 0 '"text_around"'
    gives commented-block 0 '"text_around"'
}

@test "line breaks that were escaped more than once" {
    gives double-backslashes 0 '"escaped_line_breaks"'
    gives two-backslashes-cert 0 '"escaped_line_breaks"'
}

@test "a statement, and an element of what is described" {
    gives sql-statement-to-control 0 '"result":"ok"'
    gives certificate-object 0 '"CertificateIdentifier":"my-cert"'
}

@test "texts that are not PEM or not a document, by their name" {
    gives base64-of-pem 1 'it is base64 of PEM; decode it'
    gives kubernetes-secret 1 'Kubernetes.*base64'
    gives paths 1 "a file's name"
    gives utf16 1 'UTF-16'
    gives json-in-a-json-string 1 'JSON in a JSON string'
}

@test "a block of another kind, by its label" {
    gives dh-x942 1 'X9.42 DH PARAMETERS.*"wrong_block"'
}

@test "errors that OpenSSL reports in fragments, by their cause" {
    gives name-constraints 1 'has a name that its CA may not certify \(nameConstraints\)'
    gives ca-without-keycertsign 1 '"not_a_ca".*its keyUsage lacks keyCertSign'
    gives extension-twice 1 'has the extension keyUsage twice'
    gives pss-sha1 1 '"weak_signature".*RSASSA-PSS with SHA-1'
    gives brainpool 1 'brainpoolP256r1.*P-256'
}

@test "DER that is not a certificate, and a key alone" {
    gives pkcs7-as-certificate 1 'is a PKCS#7 bundle; convert it with openssl pkcs7'
    gives encrypted-key-alone 1 'encrypted_key'
}

@test "the answer of DescribeCertificates, sent back: the key stays" {
    run "$CERTFS" --check --against "$CASES/replace-1.json" <"$CASES/replace-2.json"
    [ "$status" = 0 ] && [[ $output == *"would change nothing"* ]] || fail "$status $output"
}

@test "the good one of several certificates of one key, which lasts longest; weak ones are left out" {
    gives older-and-renewed 0 '"chain_order".*certificate 1 of ssl_cert \(CN=db1.example.com\) is not on the path'
    gives self-signed-and-issued 0 '"chain_order"'
    gives renewed-ca-first 0 '"result":"ok".*"warnings":\[\]'
    gives other-key-identifier-first 0 '"result":"ok".*"warnings":\[\]'
    gives weak-certificate-off-the-path 0 '"weak_certificate".*certificate 2 of ssl_cert \(CN=old.example.com\) is too weak'
}

@test "a leaf for TLS 1.3 alone is taken with a warning" {
    gives ec-key-agreement-only 0 '"one_tls_version".*its keyUsage lacks digitalSignature'
}

# With a clock that stands on a day of that CA's.
@test "a CA that ends before its leaf is taken with a warning" {
    local found=(/usr/lib/*/faketime/libfaketimeMT.so.1)
    [ -e "${found[0]}" ] || skip "libfaketime is missing: apt-get install faketime"
    export LD_PRELOAD=${found[0]} FAKETIME='2026-12-01 00:00:00'
    gives ca-ends-first 0 '"ends_before_leaf".*\(CN=Forgot Days CA\) ends on 2026-12-29'
    grep -q "valid until 2026-12-29" <<<"${stderr-}" || fail "${stderr-}"
}

@test "an empty subject, by its first alternative name" {
    run "$CERTFS" --check <"$CASES/empty-subject.json"
    [ "$status" = 0 ] && [[ $output == *"imported: DNS:db1.example.com, valid until"* ]] || fail "$output"
}

@test "a member that is nearly right" {
    gives nearest-ssl_cacert 1 'ssl_ca\\"'
    gives nearest-CertificateId 1 'CertificateIdentifier\\"'
}

@test "every case has an assertion here" {
    local path
    for path in "$CASES"/*.json; do
        path=${path##*/}
        grep -qE "^ +(gives|for name in|run) (.*[ /])?${path%.json}( |;|\\.json)" "$BATS_TEST_FILENAME" ||
            fail "nothing asserts ${path%.json}"
    done
}
