#!/usr/bin/env bats
# A refusal that names a command: what the command makes of the same file is taken.

bats_require_minimum_version 1.5.0

load judge.bash

setup_file() {
    pki_begin
    good_sets
}

setup() {
    WORK=$BATS_TEST_TMPDIR
    cd "$WORK" || return
}

teardown() {
    :
}

# judged STATUS PATTERN CA CERT KEY: the output of certfs --check for these files.
judged() {
    payload "${@:3}" >document.json
    run --separate-stderr "$CERTFS" --check <document.json
    equal "the status of $*: $output" "$status" "$1" && matches "the answer" "$output" "$2"
}

# heals FIELD FILE PATTERN COMMAND...: FILE in this field is refused so; what COMMAND prints, with it as its input, is
# taken.
heals() {
    local -A files=([ca]=$PKI/root.pem [cert]=$PKI/leaf.pem [key]=$PKI/leaf-key.pem)
    files[$1]=$2
    judged 1 "$3" "${files[ca]}" "${files[cert]}" "${files[key]}" || return
    "${@:4}" <"$2" >healed || return
    files[$1]=$WORK/healed
    judged 0 '"result":"ok"' "${files[ca]}" "${files[cert]}" "${files[key]}"
}

# body LABEL FILE: binary data in PEM of this label.
body() {
    printf -- '-----BEGIN %s-----\n%s\n-----END %s-----\n' "$1" "$(base64 "$2")" "$1"
}

# The text between the lines of a block.
base64_body() {
    grep -v -- ----- | base64 -d
}

@test "PKCS#7, whatever its label, in every field of certificates" {
    local label field file
    openssl crl2pkcs7 -nocrl -certfile "$PKI/root.pem" -out ca.p7 && openssl crl2pkcs7 -nocrl -certfile "$PKI/leaf.pem" -out cert.p7
    for label in PKCS7 CERTIFICATE 'PKCS #7 SIGNED DATA'; do
        for field in ca cert; do
            file=$field-${label// /-}
            sed "s/PKCS7/$label/" "$field.p7" >"$file"
            heals "$field" "$file" "\"wrong_block\".*|is a PKCS#7 bundle; convert it with openssl pkcs7 -print_certs" \
                openssl pkcs7 -print_certs
            jq -cn --rawfile pem "$file" '{CertificateIdentifier: "a", CertificatePem: $pem}' >document.json
            run --separate-stderr "$CERTFS" --check <document.json
            matches "the answer to a bundle" "$output" 'block 1 of CertificatePem is a PKCS#7 bundle'
        done
    done
    openssl crl2pkcs7 -nocrl -certfile "$PKI/root.pem" -outform DER -out ca.der
    base64 ca.der >ca.64
    heals ca ca.64 'base64 of a PKCS#7 bundle; base64 -d, then openssl pkcs7 -inform DER -print_certs' \
        sh -c 'base64 -d | openssl pkcs7 -inform DER -print_certs'
}

@test "PKCS#12, whatever its label" {
    local label
    openssl pkcs12 -export -in "$PKI/leaf.pem" -inkey "$PKI/leaf-key.pem" -passout pass: -out set.p12
    for label in CERTIFICATE PKCS12; do
        body "$label" set.p12 >cert
        export -f base64_body
        heals cert cert 'is a PKCS#12 file; base64 -d its body, then openssl pkcs12 -nodes' \
            bash -c 'base64_body | openssl pkcs12 -nodes -passin pass: -nokeys'
    done
    body 'PRIVATE KEY' set.p12 >key
    heals key key 'is a PKCS#12 file; base64 -d its body' bash -c 'base64_body | openssl pkcs12 -nodes -passin pass: -nocerts'
    base64 set.p12 >cert.64
    heals cert cert.64 'base64 of a PKCS#12 file; base64 -d, then openssl pkcs12 -nodes' \
        sh -c 'base64 -d | openssl pkcs12 -nodes -passin pass: -nokeys'
}

@test "base64, hexadecimal and UTF-16 of what belongs there" {
    local kind
    base64 "$PKI/root.pem" >once && base64 once >twice
    heals ca once 'base64 of PEM; decode it first \(base64 -d\)' base64 -d
    heals ca twice 'base64 of base64 of PEM; decode it twice \(base64 -d\)' sh -c 'base64 -d | base64 -d'
    iconv -t UTF-16LE "$PKI/root.pem" | base64 >wide
    heals ca wide 'base64 of UTF-16; decode it first \(base64 -d \| iconv -f UTF-16LE\)' sh -c 'base64 -d | iconv -f UTF-16LE'
    gzip -c "$PKI/root.pem" | base64 >zipped
    heals ca zipped 'base64 of gzip; decode it first \(base64 -d \| gunzip\)' sh -c 'base64 -d | gunzip'
    openssl x509 -in "$PKI/root.pem" -outform DER -out ca.der
    base64 ca.der >ca.64
    heals ca ca.64 'base64 -d, then openssl x509 or pkey -inform DER' sh -c 'base64 -d | openssl x509 -inform DER'
    xxd -p ca.der >ca.hex
    xxd -p -c1 ca.der | paste -sd: >ca.colons
    for kind in hex colons; do
        heals ca "ca.$kind" 'xxd -r -p, then openssl x509 or pkey -inform DER' sh -c 'xxd -r -p | openssl x509 -inform DER'
    done
    for kind in ec:P-256 ed25519 rsa:2048; do
        make_key "small" "$kind"
        for form in '' -traditional; do
            openssl pkey -in "$PKI/small-key.pem" $form -outform DER -out key.der
            base64 key.der >key.64
            judged 1 'ssl_key is not PEM: it is base64 without BEGIN and END lines' "$PKI/root.pem" "$PKI/leaf.pem" key.64
            base64 -d key.64 | openssl pkey -inform DER -out key.pem
            judged 1 '"key_mismatch"' "$PKI/root.pem" "$PKI/leaf.pem" key.pem
        done
    done
}

@test "a TRUSTED CERTIFICATE, an encrypted key and keys of OpenSSH" {
    openssl x509 -in "$PKI/leaf.pem" -trustout -addtrust serverAuth -out trusted
    heals cert trusted 'a TRUSTED CERTIFICATE; convert it with openssl x509' openssl x509
    openssl pkey -in "$PKI/leaf-key.pem" -aes256 -passout pass:secret -out encrypted
    heals key encrypted 'openssl pkey -in OLD -out NEW decrypts it' openssl pkey -passin pass:secret
    local type
    for type in rsa ecdsa; do
        ssh-keygen -q -t "$type" -N '' -f "$type"
        judged 1 'is an OpenSSH key; ssh-keygen -p -m PEM converts RSA and EC' "$PKI/root.pem" "$PKI/leaf.pem" "$type"
        ssh-keygen -q -p -m PEM -N '' -f "$type" >/dev/null
        judged 1 '"key_mismatch"' "$PKI/root.pem" "$PKI/leaf.pem" "$type"
    done
}

# whole_heals FILE PATTERN COMMAND...: the same of a whole document.
whole_heals() {
    run --separate-stderr "$CERTFS" --check <"$1"
    [ "$status" = 1 ] && matches "the answer to $1" "$output" "$2" || return
    "${@:3}" <"$1" >healed || return
    run --separate-stderr "$CERTFS" --check <healed
    [ "$status" = 0 ] || fail "what '${*:3}' makes of $1 is refused: $output"
}

@test "documents in another coding, or within another one" {
    payload "$PKI/root.pem" "$PKI/leaf.pem" "$PKI/leaf-key.pem" >good
    jq -Rs . good >string
    whole_heals string 'JSON in a JSON string; decode it once \(jq -r \.\)' jq -r .
    jq -c '{ARN: "a", SecretString: tojson}' good >secret
    whole_heals secret 'jq -r .SecretString' jq -r .SecretString
    iconv -t UTF-16 good >wide
    whole_heals wide 'UTF-16; save it as UTF-8' iconv -f UTF-16 -t UTF-8
    { printf '\xef\xbb\xbf' && cat good; } >marked
    whole_heals marked 'byte-order mark; save it as UTF-8 without one' tail -c +4
    jq -cn --rawfile pem <(cat "$PKI"/{leaf,leaf-key,root}.pem) '{CertificateIdentifier: "a", CertificatePem: $pem}' >named
    "$CERTFS" --check <named >answer || fail "$(cat answer)"
    jq -c '{Certificate: {CertificateIdentifier, CertificatePem}}' named >answered
    whole_heals answered 'jq .Certificate' jq .Certificate
    jq -c '{Certificates: [{CertificateIdentifier, CertificatePem}]}' named >described
    whole_heals described 'send one element of DMS.s Certificates' jq '.Certificates[0]'
    jq -c '{request_id: "x", lease_id: "", renewable: false, lease_duration: 0, issuing_ca: .ssl_ca, certificate: .ssl_cert,
        private_key: .ssl_key}' good >issued
    whole_heals issued 'send issuing_ca as ssl_ca, certificate as ssl_cert, private_key as ssl_key' \
        jq '{ssl_ca: .issuing_ca, ssl_cert: .certificate, ssl_key: .private_key}'
    jq -c '{apiVersion: "v1", kind: "Secret", data: {"ca.crt": .ssl_ca | @base64, "tls.crt": .ssl_cert | @base64,
        "tls.key": .ssl_key | @base64}}' good >kubernetes
    whole_heals kubernetes 'a Kubernetes object; send its PEM as ssl_ca, ssl_cert, ssl_key \(a Secret.s data are base64 of it\)' \
        jq '.data | {ssl_ca: ."ca.crt" | @base64d, ssl_cert: ."tls.crt" | @base64d, ssl_key: ."tls.key" | @base64d}'
}

# cures PATTERN CA CERT KEY -- CA CERT KEY: words as judge.bash has them; the first set is refused so, the second taken.
cures() {
    fields "${@:2:3}" && judged 1 "$1" {ca,cert,key}.txt || return
    fields "${@:6:3}" && judged 0 '"result":"ok"' {ca,cert,key}.txt
}

@test "a path that fails: its sentence names the certificate to add, to move or to have reissued" {
    certificate twin subject='/O=certfs tests of the judge/CN=root' as=ca key=root +subjectKeyIdentifier=01020304
    cures 'names another key identifier than its CA has; add that other CA' twin leaf leaf-key -- twin+root leaf leaf-key
    certificate serial issuer=root '+authorityKeyIdentifier=keyid,issuer:always'
    certificate renewed subject='/O=certfs tests of the judge/CN=root' as=ca key=root
    cures 'names another issuer or serial than its CA has; add that other CA' renewed serial serial-key -- renewed+root serial serial-key
    certificate short as=ca +basicConstraints=critical,CA:TRUE,pathlen:0
    certificate middle as=ca issuer=short
    certificate below issuer=middle
    certificate longer as=ca key=short subject='/O=certfs tests of the judge/CN=short' +basicConstraints=critical,CA:TRUE,pathlen:1
    cures 'and 1 is there; reissue it with pathlen:1' short below+middle below-key -- longer below+middle below-key
    certificate strict as=ca '+nameConstraints=critical,permitted;DNS:corp.internal'
    certificate outside issuer=strict +subjectAltName=DNS:db1.example.com
    certificate inside issuer=strict +subjectAltName=DNS:db1.corp.internal
    cures 'nameConstraints\); change name or CA' strict outside outside-key -- strict inside inside-key
    certificate unsigning as=ca +keyUsage=critical,cRLSign
    certificate of-unsigning issuer=unsigning
    certificate signing as=ca key=unsigning subject='/O=certfs tests of the judge/CN=unsigning'
    cures 'its keyUsage lacks keyCertSign; reissue it' unsigning of-unsigning of-unsigning-key -- signing of-unsigning of-unsigning-key
    certificate stale as=ca issuer=root subject='/CN=middle of root'
    certificate fresh as=ca issuer=root subject='/CN=middle of root'
    certificate of-fresh issuer=fresh
    cures 'namesake in ssl_cert \(old\?\); add the right one' root of-fresh+stale of-fresh-key -- root of-fresh+stale+fresh of-fresh-key
    certificate elsewhere as=ca
    certificate of-elsewhere issuer=elsewhere
    cures 'not in ssl_ca, but in ssl_cert; put it into ssl_ca' root of-elsewhere+elsewhere of-elsewhere-key -- \
        root+elsewhere of-elsewhere of-elsewhere-key
    certificate proxy issuer=root -basicConstraints -subjectKeyIdentifier -authorityKeyIdentifier -subjectAltName \
        +proxyCertInfo=critical,language:id-ppl-anyLanguage
    certificate ordinary issuer=root key=proxy
    cures 'a proxy certificate, which TLS libraries refuse; use an ordinary one' root proxy proxy-key -- root ordinary proxy-key
    certificate addresses issuer=root +sbgp-ipAddrBlock=critical,IPv4:10.0.0.0/8
    certificate without issuer=root key=addresses
    cures 'ssl_ca \(CN=root.*lacks addresses or AS numbers \(RFC 3779\) of one below it; reissue that one' root addresses \
        addresses-key -- root without addresses-key
    certificate critical issuer=root '+1.2.3.4=critical,DER:0500'
    certificate reissued issuer=root key=critical '+1.2.3.4=DER:0500'
    cures 'a critical extension unknown to OpenSSL: 1.2.3.4; reissue it' root critical critical-key -- root reissued critical-key
}

@test "a renewed certificate beside its older one in ssl_ca, with CA:FALSE and with CA:TRUE" {
    local as
    for as in leaf ca; do
        certificate "$as-1" "as=$as" "subject=/CN=self $as" key="$as-self" +keyUsage=critical,digitalSignature,keyCertSign
        certificate "$as-2" "as=$as" "subject=/CN=self $as" key="$as-self" +keyUsage=critical,digitalSignature,keyCertSign
    done
    cures 'is not a CA; put the renewed certificate in its place' leaf-1 leaf-2 leaf-self-key -- leaf-2 leaf-2 leaf-self-key
    cures 'an older or newer certificate of the same key; put the leaf itself in its place' ca-1 ca-2 ca-self-key -- \
        ca-2 ca-2 ca-self-key
}
