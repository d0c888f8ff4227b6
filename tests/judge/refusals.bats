#!/usr/bin/env bats
# Every refusal that a set can earn: its reason, its field, the errno of the write, and a sentence that helps. A good
# set is served before, and is served unchanged behind each.

bats_require_minimum_version 1.5.0

load judge.bash

setup_file() {
    judge_begin
    certificate root as=ca
    certificate leaf issuer=root
    certificate other issuer=root
    certificate middle as=ca issuer=root
    certificate deep issuer=middle
    certificate stranger-root as=ca
    certificate stranger issuer=stranger-root
    certificate expired issuer=root from='90 days ago' until='10 days ago'
}

# Not emptied before each test: what is served must survive them all.
setup() {
    judge_needs_root
    cd "$WORK" || return
    [ -e "$MNT/cert.pem" ] || takes root leaf leaf-key
}

teardown_file() {
    judge_end
}

# refuses_text REASON FIELD PATTERN TEXT
refuses_text() {
    printf '%s' "$4" >"$WORK/text.json"
    refuses_document "$1" "$2" "$3" "$WORK/text.json"
}

# refuses_changed REASON FIELD PATTERN FILTER: the good document, changed by jq.
refuses_changed() {
    document root leaf leaf-key "$4" && refuses_document "$1" "$2" "$3"
}

# refuses_unfinished PATTERN TEXT: the document never completes; its write is accepted, closing reports it.
refuses_unfinished() {
    local before
    before=$(sha256sum "$MNT"/*.pem)
    printf '%s' "$2" >"$WORK/unfinished.json"
    run talk write:"$WORK/unfinished.json" close
    equal "the outcomes" "$output" "write ${#2}"$'\nclose EBADMSG'
    eventually reason_is malformed_json
    matches last "$(cat "$MNT/last")" "$1"
    equal "what is served" "$(sha256sum "$MNT"/*.pem)" "$before"
}

# flipped OFFSET FILE: the bytes of FILE with one bit of that byte flipped.
flipped() {
    python3 -c 'import sys; data = bytearray(open(sys.argv[2], "rb").read()); data[int(sys.argv[1])] ^= 1
sys.stdout.buffer.write(data)' "$@"
}

# armoured LABEL: the DER on standard input as PEM.
armoured() {
    echo "-----BEGIN $1-----"
    base64 -w 64
    echo "-----END $1-----"
}

# ---- malformed_json, reported with line and column

@test "text that is not JSON" { refuses_text malformed_json "" 'line 1, column 1: a JSON object is expected' 'ssl_ca=x'; }
@test "an equals sign for the colon" { refuses_text malformed_json "" 'line 2, column 11: a colon is expected' $'{\n "ssl_ca" = 5}'; }
@test "a comma too many" { refuses_text malformed_json "" 'column 16: a member name' '{"ssl_ca": "x",}'; }
@test "a list instead of an object" { refuses_text malformed_json "" 'this is a list; one JSON object is expected' '[]'; }
@test "an unfinished document" { refuses_unfinished 'ends too early: } is missing, of the object that began at line 1, column 1' '{"ssl_ca": "x"'; }
@test "a missing closing quote" { refuses_unfinished 'ends before its closing single quote' "'{\"ssl_ca\": null}"; }
@test "text behind the document" { refuses_text malformed_json "" 'nothing but white space may follow' '{"ssl_ca": null} thanks'; }
@test "an escaped NUL" { refuses_text malformed_json "" 'a NUL character is not allowed' '{"ssl_ca": "\u0000"}'; }
@test "an escaped NUL in a member's name" { refuses_text malformed_json "" 'a NUL character is not allowed' '{"ssl_ca\u0000": "x"}'; }
@test "a control character" { refuses_text malformed_json "" 'only control characters allowed in a string are line breaks and tabs' $'{"ssl_ca": "\x01"}'; }
@test "text that is not UTF-8" { refuses_text malformed_json "" 'not UTF-8' $'{"ssl_ca": "\xe9"}'; }
@test "an overlong form in UTF-8" { refuses_text malformed_json "" 'not UTF-8' $'{"ssl_ca": "\xc0\xaf"}'; }
@test "half a surrogate pair" { refuses_text malformed_json "" 'surrogate' '{"ssl_ca": "\ud800"}'; }
@test "single quotes within" { refuses_text malformed_json "" 'a member name in double quotes is expected' "{'ssl_ca': 'x'}"; }

@test "a raw NUL" {
    printf '{"ssl_ca": "\0"}' >"$WORK/nul.json"
    refuses_document malformed_json "" 'only control characters allowed in a string are line breaks and tabs' "$WORK/nul.json"
}

# ---- the members

@test "a field that is missing, empty or null, each of the three" {
    local field change
    for field in ssl_ca ssl_cert ssl_key; do
        for change in "del(.$field)" ".$field = \"\"" ".$field = null"; do
            refuses_changed missing_field $field "$field is missing or empty" "$change"
        done
    done
}

@test "an empty object" { refuses_text missing_field "" 'ssl_ca, ssl_cert and ssl_key are needed' '{}'; }
@test "a misspelt member, which names the nearest" { refuses_changed unknown_field "" 'member 3 .*nearest.*"ssl_key"' '{ssl_ca, ssl_cert, ssl_kye: .ssl_key}'; }
@test "a member in capitals, which names the nearest" { refuses_changed unknown_field "" 'member 1 .*nearest.*"ssl_ca"' '{SSL_CA: .ssl_ca, ssl_cert, ssl_key}'; }
@test "accept in small letters" { refuses_changed unknown_field "" 'member 4 .*nearest.*"Accept"' '.accept = ["expired"]'; }
@test "a number for a text" { refuses_changed wrong_type ssl_ca 'a string is expected, a number was found' '.ssl_ca = 5'; }
@test "a list for a text" { refuses_changed wrong_type ssl_cert 'a string is expected, a list was found' '.ssl_cert = [.ssl_cert]'; }
@test "an object for a text" { refuses_changed wrong_type ssl_key 'a string is expected, an object was found' '.ssl_key={}'; }
@test "a text for the list of reasons" { refuses_changed wrong_type Accept 'a list of strings is expected, a string was found' '.Accept = "expired"'; }
@test "an action that is unknown, which names the nearest" { refuses_changed unsupported Action 'nearest.*"rds_import_binlog_ssl_material"' '.Action = "rds_import_ssl_material"'; }
@test "an action that does not agree with the members" { refuses_changed unknown_field ssl_ca 'rds_remove_binlog_ssl_material takes no ssl_ca' '.Action = "rds_remove_binlog_ssl_material"'; }

@test "a member given twice" {
    document root leaf leaf-key
    sed 's/^{/{"ssl_key": "x", /' "$WORK/document.json" >"$WORK/twice.json"
    refuses_document duplicate_field ssl_key 'twice' "$WORK/twice.json"
}

# ---- too_large

@test "more than 1 MiB" {
    { printf '{"ssl_ca": "'; head -c 1048576 /dev/zero | tr '\0' x; printf '"}'; } >"$WORK/large.json"
    run talk pieces:65536:"$WORK/large.json" read close
    matches "the outcomes" "$output" $'^write EFBIG\nread .*"reason":"too_large".*1048576 bytes.*\nclose ok$'
    takes root leaf leaf-key
}

@test "more than 32 certificates in ssl_cert; 32 are read" {
    local i
    for i in {1..32}; do
        certificate "extra$i" key=other subject="/CN=extra $i"
    done
    refuses too_large ssl_cert 'more than 32 certificates in ssl_cert' root "leaf$(printf '+extra%d' {1..32})" leaf-key
    refuses expired ssl_cert 'certificate 1 of' root "expired$(printf '+extra%d' {1..31})" expired-key
}

# ---- malformed_pem

@test "a field without any block" {
    echo 'the certificate is in the other mail' >"$WORK/prose"
    refuses malformed_pem ssl_ca 'ssl_ca is not PEM: it has no line -----BEGIN' "$WORK/prose" leaf leaf-key
    refuses malformed_pem ssl_cert 'ssl_cert is not PEM' root "$WORK/prose" leaf-key
    refuses malformed_pem ssl_key 'ssl_key is not PEM' root leaf "$WORK/prose"
}

@test "a file's name instead of the file" {
    echo "$PKI/leaf.pem" >"$WORK/name"
    refuses malformed_pem ssl_cert "ssl_cert is not PEM: it is a file's name" root "$WORK/name" leaf-key
}

@test "bare base64, without BEGIN and END" {
    sed /-----/d "$PKI/leaf.pem" >"$WORK/bare"
    refuses malformed_pem ssl_cert 'ssl_cert is not PEM: it is base64 without BEGIN' root "$WORK/bare" leaf-key
}

# breaks PATTERN COMMAND: sed's command on the last certificate of each field and on the key.
breaks() {
    sed "$2" "$PKI/middle.pem" >"$WORK/broken"
    refuses malformed_pem ssl_cert "block 2 of ssl_cert.*$1" root "deep+$WORK/broken" deep-key
    refuses malformed_pem ssl_ca "block 3 of ssl_ca.*$1" "root+stranger-root+$WORK/broken" leaf leaf-key
    sed "$2" "$PKI/leaf-key.pem" >"$WORK/broken"
    refuses malformed_pem ssl_key "block 1 of ssl_key.*$1|the block in ssl_key.*$1" root leaf "$WORK/broken"
}

@test "a block without its END line" { breaks 'no END line' '/-----END/d'; }
@test "a block without its BEGIN line" { breaks 'BEGIN or END line is broken' '/-----BEGIN/d'; }
@test "a block cut in the middle" { breaks 'no END line' '3,$d'; }
@test "four dashes in BEGIN" { breaks 'BEGIN or END line is broken' '1s/-----BEGIN/----BEGIN/'; }
@test "four dashes in END" { breaks 'END line' '$s/-----$/----/'; }
@test "another label in END" { breaks 'END line does not match' '$s/END .*-----/END DH PARAMETERS-----/'; }
@test "a character that is not base64" { breaks 'not base64' '2s/^./!/'; }
@test "base64 that lost a character" { breaks 'base64 is incomplete' '2s/^.//'; }
@test "a block that lost a line" { breaks 'holds no valid' 2d; }
@test "a block of nothing" { breaks 'is empty' '/-----/!d'; }

@test "a certificate with bytes behind it" {
    { openssl x509 -in "$PKI/leaf.pem" -outform DER; echo more; } | armoured CERTIFICATE >"$WORK/long"
    refuses malformed_pem ssl_cert 'block 1 of ssl_cert has bytes after the certificate' root "$WORK/long" leaf-key
}

# ---- wrong_block

@test "a key in ssl_cert, behind the certificate" { refuses wrong_block ssl_cert 'block 2 of ssl_cert is a private key; it belongs in ssl_key' root leaf+leaf-key leaf-key; }
@test "a key in ssl_ca" { refuses wrong_block ssl_ca 'block 1 of ssl_ca is a private key' root-key+root leaf leaf-key; }
@test "ssl_cert and ssl_key swapped" { refuses wrong_block ssl_cert 'block 1 of ssl_cert is a private key; it belongs in ssl_key' root leaf-key leaf; }
@test "a certificate in ssl_key, before the key" { refuses wrong_block ssl_key 'block 1 of ssl_key is a certificate; it belongs in ssl_cert' root leaf leaf+leaf-key; }
@test "the certificate's file given as the key's, too" { refuses wrong_block ssl_key 'block 1 of ssl_key is a certificate' root leaf leaf; }
@test "one file for all three" { refuses wrong_block ssl_ca 'block 3 of ssl_ca is a private key; it belongs in ssl_key' root+leaf+leaf-key root+leaf+leaf-key root+leaf+leaf-key; }
@test "two keys" { refuses wrong_block ssl_key 'two private keys' root leaf leaf-key+other-key; }

@test "parameters without a key" {
    openssl ecparam -name P-256 -out "$WORK/parameters"
    refuses wrong_block ssl_key 'ssl_key holds no private key' root leaf "$WORK/parameters"
}

@test "a public key" {
    openssl pkey -in "$PKI/leaf-key.pem" -pubout -out "$WORK/public"
    refuses wrong_block ssl_key 'public key; the private key is expected' root leaf "$WORK/public"
    refuses wrong_block ssl_cert 'public key; a certificate is expected' root "$WORK/public" leaf-key
}

@test "a certificate request" {
    openssl req -new -key "$PKI/leaf-key.pem" -subj /CN=leaf -out "$WORK/request"
    refuses wrong_block ssl_cert 'a certificate request; have it signed first' root "$WORK/request" leaf-key
    refuses wrong_block ssl_key 'a certificate request; the private key is expected' root leaf "$WORK/request"
}

@test "a revocation list" {
    _openssl ca -gencrl -config "$PKI/leaf.work/config" -md sha256 -crldays 9 -cert "$PKI/root.pem" \
        -keyfile "$PKI/root-key.pem" -out "$WORK/list"
    refuses wrong_block ssl_ca 'block 2 of ssl_ca is a revocation list' "root+$WORK/list" leaf leaf-key
}

@test "a TRUSTED CERTIFICATE" {
    openssl x509 -in "$PKI/leaf.pem" -trustout -addtrust serverAuth -out "$WORK/trusted"
    grep -q 'BEGIN TRUSTED CERTIFICATE' "$WORK/trusted"
    refuses wrong_block ssl_cert 'TRUSTED CERTIFICATE; convert it' root "$WORK/trusted" leaf-key
}

@test "a PKCS#7 bundle" {
    openssl crl2pkcs7 -nocrl -certfile "$PKI/leaf.pem" -out "$WORK/bundle"
    refuses wrong_block ssl_cert 'PKCS#7' root "$WORK/bundle" leaf-key
}

@test "an OpenSSH key" {
    sed 's/PRIVATE KEY/OPENSSH PRIVATE KEY/' "$PKI/leaf-key.pem" >"$WORK/openssh"
    refuses wrong_block ssl_key 'OpenSSH key; ssh-keygen -p -m PEM converts RSA and EC' root leaf "$WORK/openssh"
}

# ---- encrypted_key

@test "an encrypted key, in every form of it" {
    local form
    openssl pkcs8 -topk8 -in "$PKI/leaf-key.pem" -passout pass:secret -out "$WORK/pkcs8"
    openssl pkcs8 -topk8 -in "$PKI/leaf-key.pem" -passout pass: -out "$WORK/no-passphrase"
    openssl pkey -in "$PKI/leaf-key.pem" -traditional -aes128 -passout pass:secret -out "$WORK/traditional"
    grep -q 'Proc-Type: 4,ENCRYPTED' "$WORK/traditional"
    for form in pkcs8 no-passphrase traditional; do
        refuses encrypted_key ssl_key 'is encrypted and mysqld cannot ask: openssl pkey -in OLD -out NEW' root leaf "$WORK/$form"
    done
    refuses wrong_block ssl_cert 'block 2 of ssl_cert is an encrypted private key' root "leaf+$WORK/pkcs8" leaf-key
}

# ---- key_mismatch

@test "the key of another certificate" { refuses key_mismatch ssl_key 'not the key of certificate 1 of ssl_cert \(CN=leaf' root leaf other-key; }
@test "the CA's key in place of the leaf's" { refuses key_mismatch ssl_key 'ssl_key does not match ssl_cert; it is the key of certificate 1 of ssl_ca \(CN=root' root leaf root-key; }
@test "the intermediate CA's key in place of the leaf's" { refuses key_mismatch ssl_key 'the key of certificate 2 of ssl_cert \(CN=middle.*, a CA, not of the leaf' root deep+middle middle-key; }
@test "the CA in ssl_cert" { refuses key_mismatch ssl_cert 'ssl_cert begins with a certificate of ssl_ca; the one that belongs to ssl_key is expected' root root leaf-key; }
@test "ssl_ca and ssl_cert swapped" { refuses key_mismatch ssl_key 'ssl_key is the key of certificate 1 of ssl_ca \(CN=leaf.*\): are ssl_ca and ssl_cert swapped\?' leaf root leaf-key; }

@test "a key of another kind" {
    make_key rsa
    refuses key_mismatch ssl_key 'not the key of certificate 1 of ssl_cert' root leaf rsa-key
}

@test "an EC key whose private half is corrupt: the public half still matches" {
    openssl pkey -in "$PKI/leaf-key.pem" -traditional -outform DER >"$WORK/der"
    flipped 20 "$WORK/der" | armoured "EC PRIVATE KEY" >"$WORK/corrupt"
    refuses key_mismatch ssl_key 'ssl_key is damaged: its private half does not fit its public half' root leaf "$WORK/corrupt"
}

# An RSA key with another one's number in place of one of its own: OpenSSL signs rightly with it.
@test "an RSA key with a wrong prime, exponent or coefficient" {
    certificate rsa issuer=root kind=rsa:2048
    local part
    for part in p q d dp dq qinv; do
        PYTHONPATH=$BATS_TEST_DIRNAME python3 - "$PKI/rsa-key.pem" "$part" >"$WORK/corrupt" <<'END'
import sys, subprocess
from der import children, pem, sequence
der = subprocess.run(["openssl", "rsa", "-in", sys.argv[1], "-traditional", "-outform", "DER"], capture_output=True).stdout
parts = dict(zip(("version", "n", "e", "d", "p", "q", "dp", "dq", "qinv"), children(der)))
whole = parts[sys.argv[2]]
parts[sys.argv[2]] = whole[:-1] + bytes([whole[-1] ^ 4])
print(pem("RSA PRIVATE KEY", sequence(*parts.values())), end="")
END
        refuses key_mismatch ssl_key '^ssl_key is damaged: its [a-zA-Z ]*$' root rsa "$WORK/corrupt"
    done
}

# ---- unsupported

@test "a DSA key, whatever is waived" {
    certificate dsa issuer=root kind=dsa
    refuses unsupported ssl_key '^ssl_key holds a DSA key; RSA, EC, Ed25519 and Ed448 keys are supported$' root dsa dsa-key weak_key
}

@test "a CA with a DSA key on the path, whatever is waived; beside it, it is warned about" {
    certificate dsa-root as=ca kind=dsa
    certificate below issuer=dsa-root
    refuses unsupported ssl_ca '^certificate 1 of ssl_ca \(CN=dsa-root.*\) has an unsupported key' \
        dsa-root below below-key untrusted_chain weak_key
    takes root+dsa-root leaf leaf-key
    warnings_are off_path:ssl_ca
    warns off_path 'is of an unknown algorithm; off the path'
}

@test "an EC key with explicit parameters, on the path or beside it, whatever is waived" {
    certificate explicit issuer=root kind=ec-explicit:P-256
    refuses unsupported ssl_key 'ssl_key holds an EC key with explicit parameters; a named curve is needed' root leaf explicit-key weak_key
    refuses unsupported ssl_cert 'block 1 of ssl_cert has an EC key with explicit parameters; a named curve' root explicit explicit-key weak_key
    refuses unsupported ssl_ca 'block 2 of ssl_ca has an EC key with explicit parameters' root+explicit leaf leaf-key weak_key
}

# ---- handshake_failed

@test "a curve that TLS does not use, which verifies and yet fails in TLS" {
    certificate odd issuer=root kind=ec:brainpoolP256r1
    refuses handshake_failed ssl_key 'the curve brainpoolP256r1 of ssl_key is not used by TLS; .*P-256' root odd odd-key
}

# ---- untrusted_chain

@test "a CA that did not issue the certificate" { refuses untrusted_chain ssl_cert 'certificate 1 of ssl_cert was issued by CN=root.*, missing in ssl_cert \(intermediate\) or ssl_ca \(root\)' stranger-root leaf leaf-key; }
@test "a missing intermediate CA" { refuses untrusted_chain ssl_cert 'certificate 1 of ssl_cert was issued by CN=middle.*, missing in ssl_cert \(intermediate\) or ssl_ca \(root\)' root deep deep-key; }
@test "an intermediate CA alone in ssl_ca" { refuses untrusted_chain ssl_ca 'certificate 1 of ssl_ca is an intermediate of CN=root.*, missing in ssl_ca' middle deep deep-key; }
@test "an intermediate CA in both, and no root" { refuses untrusted_chain ssl_cert 'certificate . of ssl_cert is an intermediate of CN=root.*, missing in ssl_ca' middle deep+middle deep-key; }
@test "the certificate in ssl_ca, too" { refuses untrusted_chain ssl_cert 'certificate 1 of ssl_cert \(CN=leaf.*\) is in ssl_ca itself; its issuer is expected there' leaf leaf leaf-key; }
@test "a chain that ends in a root that ssl_ca does not have" { refuses untrusted_chain ssl_cert '\(CN=stranger.*\) (is self-signed and not in ssl_ca|has an issuer that is not in ssl_ca, but in ssl_cert)' root stranger+stranger-root stranger-key; }
@test "reordering was not enough: the certificate that matches is named" { refuses untrusted_chain ssl_cert 'certificate 2 of ssl_cert \(CN=stranger.*\) is the one that matches ssl_key; its issuer is missing' root leaf+stranger stranger-key; }

@test "a CA of the right name and another key" {
    certificate impostor as=ca "subject=/O=certfs tests of the judge/CN=root"
    refuses untrusted_chain ssl_cert '\(CN=leaf.*\) is not signed by the CA of its issuer.s name in ssl_ca' impostor leaf leaf-key
}

@test "a signature that was tampered with" {
    openssl x509 -in "$PKI/leaf.pem" -outform DER >"$WORK/der"
    flipped -1 "$WORK/der" | armoured CERTIFICATE >"$WORK/tampered"
    refuses untrusted_chain ssl_cert '\(CN=leaf.*\) is not signed by the CA of its issuer.s name' root "$WORK/tampered" leaf-key
}

@test "a chain longer than its CA allows" {
    certificate short-root as=ca +basicConstraints=critical,CA:TRUE,pathlen:0
    certificate short-middle as=ca issuer=short-root
    certificate short-leaf issuer=short-middle
    refuses untrusted_chain ssl_ca 'certificate 1 of ssl_ca \(CN=short-root.*\) may have 0 CAs below it \(pathlen\)' short-root short-leaf+short-middle short-leaf-key
}

@test "a name that its CA may not give" {
    certificate named-root as=ca '+nameConstraints=critical,permitted;DNS:example.com'
    certificate named-leaf issuer=named-root +subjectAltName=DNS:example.org
    refuses untrusted_chain ssl_cert 'certificate 1 of ssl_cert \(CN=named-leaf.*\) has a name that its CA may not certify' named-root named-leaf named-leaf-key
}

@test "a critical extension that nobody knows" {
    certificate odd issuer=root +1.2.3.4=critical,ASN1:NULL
    refuses untrusted_chain ssl_cert 'certificate 1 of ssl_cert \(CN=odd.*critical extension' root odd odd-key
}

# ---- not_a_ca

@test "an anchor with CA:FALSE" {
    certificate no-ca as=none +basicConstraints=critical,CA:FALSE
    certificate of-no-ca issuer=no-ca
    refuses not_a_ca ssl_ca 'certificate 1 of ssl_ca \(CN=no-ca.*\) is not a CA, yet it issued' no-ca of-no-ca of-no-ca-key
}

@test "a version 3 anchor without basicConstraints" {
    certificate mute as=none
    certificate of-mute issuer=mute
    refuses not_a_ca ssl_ca 'certificate 2 of ssl_ca \(CN=mute.*\) is not a CA' root+mute of-mute of-mute-key
}

@test "an anchor whose keyUsage forbids to sign certificates" {
    certificate no-sign as=ca +keyUsage=critical,digitalSignature
    certificate of-no-sign issuer=no-sign
    refuses not_a_ca ssl_ca '\(CN=no-sign.*\) may not sign certificates: its keyUsage lacks keyCertSign' no-sign of-no-sign of-no-sign-key
}

@test "an intermediate that is a leaf" {
    certificate of-leaf issuer=leaf
    refuses not_a_ca ssl_cert 'certificate 2 of ssl_cert \(CN=leaf.*\) is not a CA' root of-leaf+leaf of-leaf-key
}

# ---- same_name

@test "a leaf of its CA's name, without key identifiers" {
    certificate same-root as=ca subject=/CN=same -subjectKeyIdentifier -authorityKeyIdentifier
    certificate same issuer=same-root subject=/CN=same -subjectKeyIdentifier -authorityKeyIdentifier
    run ! openssl verify -no-CApath -no-CAstore -CAfile "$PKI/same-root.pem" "$PKI/same.pem"
    refuses same_name ssl_cert 'certificate 1 of ssl_cert \(CN=same\) has the name of its CA; give the two different names' same-root same same-key
}

# ---- expired, not_yet_valid: both times

NOW="it is $(date -u +%Y)-[0-9 :-]+ UTC"

# time_of DATE: as a sentence has it, but for the minute.
time_of() {
    date -u -d "$1" '+%Y-%m-%d ..:.. UTC'
}

@test "an expired leaf" {
    refuses expired ssl_cert "certificate 1 of ssl_cert \\(CN=expired.*\\) expired $(time_of '10 days ago'); $NOW" root expired expired-key
}

@test "an expired intermediate CA" {
    certificate old-middle as=ca issuer=root from='90 days ago' until='1 day ago'
    certificate of-old issuer=old-middle
    refuses expired ssl_cert "certificate 2 of ssl_cert \\(CN=old-middle.*\\) expired $(time_of '1 day ago'); $NOW" root of-old+old-middle of-old-key
}

@test "an expired root" {
    certificate old-root as=ca from='90 days ago' until='1 day ago'
    certificate of-old-root issuer=old-root
    refuses expired ssl_ca "certificate 2 of ssl_ca \\(CN=old-root.*\\) expired $(time_of '1 day ago'); $NOW" root+old-root of-old-root of-old-root-key
}

@test "a leaf from the future" {
    certificate future issuer=root from='2 days' until='30 days'
    refuses not_yet_valid ssl_cert "certificate 1 of ssl_cert \\(CN=future.*\\) is valid from $(time_of '2 days'); $NOW" root future future-key
}

@test "a root from the future" {
    certificate future-root as=ca from='2 days' until='30 days'
    certificate of-future issuer=future-root
    refuses not_yet_valid ssl_ca "certificate 1 of ssl_ca \\(CN=future-root.*\\) is valid from $(time_of '2 days'); $NOW" future-root of-future of-future-key
}

# ---- weak_key, weak_signature

@test "an RSA key of 1024 bits" {
    certificate small issuer=root kind=rsa:1024
    refuses weak_key ssl_cert 'certificate 1 of ssl_cert \(CN=small.*\) has an RSA key under 2048 bits; 2048 to 8192 are' root small small-key
}

@test "a CA with an RSA key of 1024 bits" {
    certificate small-root as=ca kind=rsa:1024
    certificate of-small issuer=small-root
    refuses weak_key ssl_ca 'certificate 1 of ssl_ca \(CN=small-root.*\) has an RSA key under 2048' small-root of-small of-small-key
}

@test "an RSA key over 8192 bits" {
    certificate huge issuer=root kind=rsa-primes:8448
    refuses weak_key ssl_cert 'certificate 1 of ssl_cert \(CN=huge.*\) has an RSA key over 8192 bits; 2048 to 8192 are' root huge huge-key
}

@test "an EC key on a small curve" {
    certificate narrow issuer=root kind=ec:prime192v1
    refuses weak_key ssl_cert 'certificate 1 of ssl_cert \(CN=narrow.*\) has a key that is too weak' root narrow narrow-key
}

@test "a leaf signed with SHA-1" {
    certificate sha1 issuer=root md=sha1
    refuses weak_signature ssl_cert 'certificate 1 of ssl_cert \(CN=sha1.*\) is signed with SHA-1; SHA-256 or better' root sha1 sha1-key
}

@test "a leaf signed with MD5" {
    certificate rsa-root as=ca kind=rsa:2048
    certificate md5 issuer=rsa-root md=md5
    refuses weak_signature ssl_cert 'certificate 1 of ssl_cert \(CN=md5.*\) is signed with .*MD5' rsa-root md5 md5-key
}

@test "an intermediate CA signed with SHA-1" {
    certificate sha1-middle as=ca issuer=root md=sha1
    certificate of-sha1 issuer=sha1-middle
    refuses weak_signature ssl_cert 'certificate 2 of ssl_cert \(CN=sha1-middle.*\) is signed with' root of-sha1+sha1-middle of-sha1-key
}

# ---- wrong_purpose

@test "a certificate that is for neither side of TLS" {
    certificate coder issuer=root +extendedKeyUsage=codeSigning
    refuses wrong_purpose ssl_cert 'certificate 1 of ssl_cert \(CN=coder.*\) serves no TLS: extendedKeyUsage lacks serverAuth, clientAuth' root coder coder-key
    certificate notary issuer=root -extendedKeyUsage +keyUsage=critical,nonRepudiation
    refuses wrong_purpose ssl_cert 'certificate 1 of ssl_cert \(CN=notary' root notary notary-key
}

@test "a server's certificate from a CA for clients" {
    certificate clients-root as=ca +extendedKeyUsage=clientAuth
    certificate of-clients issuer=clients-root +extendedKeyUsage=serverAuth
    refuses wrong_purpose ssl_cert 'is for one side of TLS, its CA for the other' clients-root of-clients of-clients-key
}

# ---- the scope: what is not on the path is warned about, and taken

@test "expired, SHA-1, weak and non-CA certificates of ssl_ca off the path only warn" {
    local name
    certificate off-expired as=ca from='90 days ago' until='1 day ago'
    certificate off-middle as=ca issuer=root md=sha1
    certificate off-small as=ca kind=rsa:1024
    certificate off-no-ca as=none +basicConstraints=critical,CA:FALSE
    for name in off-expired off-middle off-small off-no-ca; do
        takes "$name+root" leaf leaf-key
        warnings_are off_path:ssl_ca
        warns off_path "certificate 1 of ssl_ca \\(CN=$name"
    done
    takes root leaf leaf-key
}

@test "certificates after the chain that are not on the path are not judged" {
    takes root leaf+expired leaf-key
    warnings_are off_path:ssl_cert
    takes root leaf leaf-key
}

@test "an anchor's own signature is not judged" {
    certificate sha1-root as=ca kind=rsa:2048 md=sha1
    certificate of-sha1-root issuer=sha1-root
    takes sha1-root+root of-sha1-root of-sha1-root-key
    warnings_are trust_break:ssl_ca
    takes root leaf leaf-key
}

@test "a certificate of ssl_ca off the path must parse all the same" {
    sed 3d "$PKI/stranger-root.pem" >"$WORK/broken"
    refuses malformed_pem ssl_ca 'block 2 of ssl_ca' "root+$WORK/broken" leaf leaf-key
}

# ---- sentences

@test "an answer never holds a byte of the payload" {
    says_nothing_of_it() { [[ ${ANSWER,,} != *hunter* ]] || fail "$ANSWER"; }
    refuses_text unknown_field "" . '{"Hunter2Hunter2": "Hunter2"}'
    says_nothing_of_it
    refuses_text malformed_json "" . '{"ssl_ca": Hunter2}'
    says_nothing_of_it
    refuses_changed unsupported Action . '.Action = "Hunter2"'
    says_nothing_of_it
    refuses_changed unsupported Accept . '.Accept = ["Hunter2"]'
    says_nothing_of_it
    sed 's/CERTIFICATE/HUNTER2/' "$PKI/leaf.pem" >"$WORK/odd"
    refuses wrong_block ssl_cert . root "$WORK/odd" leaf-key
    says_nothing_of_it
}

@test "names are escaped as RFC 2253 has it" {
    certificate umlaut issuer=root subject=$'/CN=zw\xc3\xb6lf, drei' from='90 days ago' until='1 day ago'
    refuses expired ssl_cert 'certificate 1 of ssl_cert \(CN=zw\\C3\\[^ ]*\\, drei\) expired' root umlaut umlaut-key
}

@test "without a subject the first alternative name stands for it, in a refusal, in last and in status" {
    local name
    for name in DNS:db1.example.com IP:192.0.2.7 IP:2001:db8::1 email:dba@example.com URI:spiffe://example.com/db1; do
        certificate nameless issuer=root subject=/ "+subjectAltName=critical,$name"
        takes root nameless nameless-key
        matches last "$LAST" "^imported generation [0-9]+: $name, valid until 20"
        equal "the subject in status" "$(of_status .material.subject)" "$name"
        certificate nameless issuer=root subject=/ "+subjectAltName=critical,$name" from='9 days ago' until='1 day ago'
        refuses expired ssl_cert "certificate 1 of ssl_cert \\($name\\) expired" root nameless nameless-key
    done
    certificate nameless issuer=root subject=/ -subjectAltName
    takes root nameless nameless-key
    matches last "$LAST" "^imported generation [0-9]+: no name, valid until 20"
}

@test "a long name is cut, and the sentence keeps its end" {
    certificate long issuer=root "subject=/O=$(printf '%.0sx' {1..60})/CN=$(printf '%.0sy' {1..60})" from='90 days ago' until='1 day ago'
    refuses expired ssl_cert "certificate 1 of ssl_cert \\(CN=y+\\.\\.\\.\\) expired $(time_of '1 day ago'); $NOW\$" root long long-key
}

@test "after a refusal the next good set is taken, and nothing of the old error shows" {
    sed 3d "$PKI/leaf-key.pem" >"$WORK/broken"
    refuses malformed_pem ssl_key . root leaf "$WORK/broken"
    takes root deep+middle deep-key
    repairs_are
    warnings_are
    takes root leaf leaf-key
}
