#!/usr/bin/env bats
# ImportCertificate: what a document may hold, and which files it becomes.

load dms.bash

setup_file() {
    dms_pki
    make_pki main ec:P-256
    certificate expired issuer=root from='3 days ago' until=yesterday
    certificate expired-root as=ca from='3 days ago' until=yesterday
    certificate alone
    certificate stranger issuer=other
    openssl pkey -in "$PKI/leaf-key.pem" -aes256 -passout pass:secret -out "$PKI/locked-key.pem"
}

test_setup() {
    dms_begin
    mount_certfs -o owner=daemon
}

teardown_file() {
    dms_end
}

# ---- which files

@test "one certificate becomes ca.pem alone" {
    dms_import Set-1 root
    files_of Set-1 ca.pem
    holds Set-1 ca.pem root
}

@test "a bundle becomes ca.pem, whole and in its order" {
    dms_import Set-1 other+root+intermediate
    files_of Set-1 ca.pem
    holds Set-1 ca.pem other+root+intermediate
}

@test "a certificate that is no CA is imported as well" {
    dms_import Set-1 leaf
    files_of Set-1 ca.pem
    holds Set-1 ca.pem leaf
}

@test "an expired certificate in a bundle stays there" {
    dms_import Set-1 root+expired-root+expired
    holds Set-1 ca.pem root+expired-root+expired
}

@test "certificate, key and chain become three files, in whatever order they stand" {
    local id=Set-1 words
    for words in deep+deep-key+intermediate+root deep-key+deep+intermediate+root root+intermediate+deep+deep-key \
        intermediate+deep-key+root+deep deep+intermediate+root+deep-key; do
        dms_import "$id" "$words"
        files_of "$id" cert.pem key.pem ca.pem
        holds "$id" cert.pem deep+intermediate
        holds "$id" key.pem deep-key
        holds "$id" ca.pem root
        id=a-$id
    done
}

@test "certificate and key without an anchor become two files" {
    dms_import Set-1 leaf+leaf-key
    files_of Set-1 cert.pem key.pem
    holds Set-1 cert.pem leaf
    holds Set-1 key.pem leaf-key
}

@test "a self-signed certificate with its key is its own anchor" {
    dms_import Set-1 alone-key+alone
    files_of Set-1 cert.pem key.pem ca.pem
    holds Set-1 cert.pem alone
    holds Set-1 key.pem alone-key
    holds Set-1 ca.pem alone
}

@test "modes and owners are those of the root set, and certificate.json is for everybody" {
    dms_import Set-1 leaf+leaf-key+root
    equal "the files" "$(cd "$MNT/certificates/Set-1" && stat -c '%n %F %a %U' -- *.pem)" \
        'ca.pem regular file 444 daemon
cert.pem regular file 444 daemon
key.pem regular file 400 daemon'
    equal certificate.json "$(stat -c '%F %a' "$MNT/certificates/Set-1/certificate.json")" "regular file 444"
}

@test "the key is for its owner alone" {
    dms_import Set-1 leaf+leaf-key+root
    run setpriv --reuid=nobody --regid=nogroup --clear-groups cat "$MNT/certificates/Set-1/key.pem"
    matches "what cat said to nobody" "$output" 'Permission denied'
    setpriv --reuid=daemon --regid=daemon --clear-groups cat "$MNT/certificates/Set-1/key.pem" >"$WORK/key"
    same "$WORK/key" "$PKI/leaf-key.pem"
    setpriv --reuid=nobody --regid=nogroup --clear-groups cat "$MNT/certificates/Set-1/cert.pem" >"$WORK/cert"
    same "$WORK/cert" "$PKI/leaf.pem"
}

@test "the served files are canonical, as everywhere" {
    texts root+leaf+leaf-key | sed 's/$/\r/; 1i some text\r' >"$WORK/windows.pem"
    dms_import Set-1 "$WORK/windows.pem"
    holds Set-1 ca.pem root
    holds Set-1 cert.pem leaf
    holds Set-1 key.pem leaf-key
}

@test "an RSA key becomes PKCS#1" {
    certificate heavy issuer=root kind=rsa:2048
    dms_import Set-1 heavy+heavy-key+root
    same "$MNT/certificates/Set-1/key.pem" <(openssl rsa -in "$PKI/heavy-key.pem" -traditional 2>"$WORK/said")
}

@test "the root set and the named ones leave each other alone" {
    import main
    dms_import Set-1 leaf+leaf-key+root
    serves main
    remove_material
    holds Set-1 key.pem leaf-key
    [ ! -e "$MNT/key.pem" ] || fail "the root set is still there"
}

@test "status and last report the request" {
    dms_import Set-1 root
    equal "the action" "$(of_status .last_request.action)" ImportCertificate
    equal "the result" "$(of_status .last_request.result)" ok
    is_sentence "$(cat "$MNT/last")"
    dms_refuses_import InvalidCertificateFault EKEYREJECTED b leaf+deep-key
    equal "the action" "$(of_status .last_request.action)" ImportCertificate
    equal "the fault" "$(of_status .last_request.fault)" InvalidCertificateFault
    equal "the sentence" "$(of_status .last_request.message)" "$MESSAGE"
    equal "the sentence in last" "$(cat "$MNT/last")" "$MESSAGE"
}

# ---- documents

@test "the action may stand in the document" {
    dms_document ImportCertificate "$(jq -nc --rawfile pem "$PKI/root.pem" \
        '{Action: "ImportCertificate", CertificateIdentifier: "Set-1", CertificatePem: $pem}')"
    dms_succeeded ImportCertificate
    holds Set-1 ca.pem root
}

@test "another action in the document is refused" {
    dms_document ImportCertificate "$(jq -nc --rawfile pem "$PKI/root.pem" \
        '{Action: "DescribeCertificates", CertificateIdentifier: "Set-1", CertificatePem: $pem}')"
    dms_refused InvalidParameterValueException EBADMSG
    identifiers_are
}

@test "a skeleton of the AWS CLI that is filled in half works as it is" {
    local skeleton='{"CertificateIdentifier": "", "CertificatePem": "", "CertificateWallet": null,
        "Tags": [{"Key": "", "Value": "", "ResourceArn": ""}], "KmsKeyId": ""}'
    dms_document ImportCertificate "$(jq --rawfile pem "$PKI/root.pem" \
        '.CertificateIdentifier = "Set-1" | .CertificatePem = $pem' <<<"$skeleton")"
    dms_succeeded ImportCertificate
    holds Set-1 ca.pem root
    tags_are "$(answer .Certificate.CertificateArn)"
}

@test "a skeleton with one tag filled in has that tag" {
    dms_document ImportCertificate "$(jq -n --rawfile pem "$PKI/root.pem" '{CertificateIdentifier: "Set-1", CertificatePem: $pem,
        CertificateWallet: null, KmsKeyId: null,
        Tags: [{Key: "", Value: "", ResourceArn: ""}, {Key: "team", Value: "", ResourceArn: ""}, {Key: null, Value: null, ResourceArn: null}]}')"
    dms_succeeded ImportCertificate
    tags_are "$(answer .Certificate.CertificateArn)" team=
}

@test "a document as the command line has it, with raw line breaks, works with no tool" {
    printf '{"CertificateIdentifier":"Set-1","CertificatePem":"%s"}' "$(cat "$PKI/leaf.pem" "$PKI/leaf-key.pem" "$PKI/root.pem")" >"$CONTROL"
    holds Set-1 key.pem leaf-key
}

@test "a shell hears that an identifier is taken" {
    printf '{"CertificateIdentifier":"Set-1","CertificatePem":"%s"}' "$(cat "$PKI/root.pem")" >"$WORK/document"
    cat "$WORK/document" >"$CONTROL"
    run bash -c 'cat "$1" >"$2"' shell "$WORK/document" "$CONTROL"
    [ "$status" != 0 ] || fail "the second import was not refused"
    matches "what cat said" "$output" 'File exists'
}

@test "exactly one of certificate and wallet is required" {
    dms_refuses_import InvalidParameterValueException EBADMSG Set-1 root '{CertificateWallet: "ofhO"}'
    identifiers_are
}

@test "neither certificate nor wallet is refused in the documented words" {
    local rest
    for rest in '{}' '{CertificatePem: ""}'; do
        dms_refuses InvalidParameterValueException EBADMSG ImportCertificate "{CertificateIdentifier: \"Set-1\"} + $rest"
        reason_of_refusal missing_field
        equal "the sentence" "$MESSAGE" "Please provide a value for either for CertificatePem or for CertificateWallet."
    done
    dms_document ImportCertificate '{"CertificateIdentifier": "Set-1", "CertificatePem": null, "CertificateWallet": ""}'
    dms_refused InvalidParameterValueException EBADMSG
    equal "the sentence" "$MESSAGE" "Please provide a value for either for CertificatePem or for CertificateWallet."
    identifiers_are
}

@test "a certificate without an identifier is refused" {
    local id
    for id in '' '"CertificateIdentifier": "", ' '"CertificateIdentifier": null, '; do
        dms_document ImportCertificate "{$id\"CertificatePem\": $(jq -Rs . "$PKI/root.pem")}"
        dms_refused InvalidParameterValueException EBADMSG
        reason_of_refusal missing_field
    done
    identifiers_are
}

@test "a misspelt member is refused, and the nearest one is named" {
    dms_document ImportCertificate "{\"CertificateIdentifier\": \"Set-1\", \"CertificatePEM\": $(jq -Rs . "$PKI/root.pem")}"
    dms_refused InvalidParameterValueException EBADMSG
    reason_of_refusal unknown_field
    matches "the sentence" "$MESSAGE" CertificatePem
}

@test "members of the wrong type are refused" {
    local member
    for member in '"Replace": "yes"' '"Replace": 1' '"Tags": "team"' '"Tags": {"Key": "a", "Value": "b"}' '"Tags": ["a"]' \
        '"Tags": [{"Key": 1, "Value": "a"}]' '"KmsKeyId": 5' '"CertificateWallet": {}'; do
        dms_document ImportCertificate "{\"CertificateIdentifier\": \"Set-1\", \"CertificatePem\": $(jq -Rs . "$PKI/root.pem"), $member}"
        dms_refused InvalidParameterValueException EBADMSG
        reason_of_refusal wrong_type
    done
    identifiers_are
}

@test "members of a tag that are unknown or given twice are refused" {
    local tag
    for tag in unknown_field:'{"Key": "a", "Value": "b", "Colour": "red"}' duplicate_field:'{"Key": "a", "Value": "b", "Key": "c"}' \
        unknown_field:'{"key": "a", "Value": "b"}'; do
        dms_document ImportCertificate \
            "{\"CertificateIdentifier\": \"Set-1\", \"CertificatePem\": $(jq -Rs . "$PKI/root.pem"), \"Tags\": [${tag#*:}]}"
        dms_refused InvalidParameterValueException EBADMSG
        reason_of_refusal "${tag%%:*}"
    done
    identifiers_are
}

@test "a certificate beside ssl_ fields is refused" {
    say "$(named_document Set-1 main '{CertificatePem: .ssl_ca}')"
    said_refused EBADMSG unknown_field InvalidParameterValueException
    identifiers_are
}

# ---- what is no good

@test "anything but PEM is refused" {
    local text
    for text in 'not PEM' 'MIIB' '-----BEGIN CERTIFICATE-----' $'-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'; do
        printf %s "$text" >"$WORK/text.pem"
        dms_refuses_import InvalidCertificateFault EBADMSG Set-1 "$WORK/text.pem"
        reason_of_refusal malformed_pem
    done
    identifiers_are
}

@test "a bundle with one broken block is refused as a whole" {
    sed '3s/^./!/' "$PKI/other.pem" >"$WORK/broken.pem"
    dms_refuses_import InvalidCertificateFault EBADMSG Set-1 "root+$WORK/broken.pem+intermediate"
    reason_of_refusal malformed_pem
    identifiers_are
}

@test "a key that fits no certificate is refused" {
    dms_refuses_import InvalidCertificateFault EKEYREJECTED Set-1 leaf+root+deep-key
    reason_of_refusal key_mismatch
    identifiers_are
}

@test "two keys, a key alone and a request are the wrong blocks" {
    openssl req -new -key "$PKI/leaf-key.pem" -subj /CN=leaf -out "$WORK/request.pem"
    local words
    for words in leaf+leaf-key+deep-key leaf+leaf-key+leaf-key leaf-key "root+$WORK/request.pem"; do
        dms_refuses_import InvalidCertificateFault EBADMSG Set-1 "$words"
        reason_of_refusal wrong_block
    done
    identifiers_are
}

@test "an encrypted key is refused" {
    dms_refuses_import InvalidCertificateFault EKEYREJECTED Set-1 leaf+locked-key+root
    reason_of_refusal encrypted_key
    identifiers_are
}

@test "a certificate with a key is judged as in the root set, and a reason can be waived" {
    dms_refuses_import InvalidCertificateFault EKEYEXPIRED Set-1 expired+expired-key+root
    reason_of_refusal expired
    identifiers_are
    dms_import Set-1 expired+expired-key+root '{Accept: ["expired"]}'
    holds Set-1 cert.pem expired
}

@test "a key whose certificate does not come from the anchors beside it is refused" {
    dms_refuses_import InvalidCertificateFault EKEYREJECTED Set-1 stranger+stranger-key+root
    reason_of_refusal untrusted_chain
    identifiers_are
}

@test "more than 1 MiB is refused" {
    # Not in one write, which the kernel would take apart: it would return the bytes written before the refusal.
    say "$(jq -n --rawfile pem <(texts root; head -c 1048576 /dev/zero | tr '\0' ' ') '{CertificateIdentifier: "Set-1", CertificatePem: $pem}')" pieces:65536
    said_refused EFBIG too_large InvalidParameterValueException
    identifiers_are
}

@test "an answer never holds a byte of the payload's text" {
    printf 'Bitte nicht weitersagen' >"$WORK/secret.pem"
    dms_refuses_import InvalidCertificateFault EBADMSG Set-1 "$WORK/secret.pem"
    [[ $RAW != *weitersagen* ]] || fail "the answer is $RAW"
    [[ $(cat "$MNT/status" "$MNT/last") != *weitersagen* ]] || fail "status or last tells it"
}
