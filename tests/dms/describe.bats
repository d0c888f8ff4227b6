#!/usr/bin/env bats
# DescribeCertificates and every member of Certificate; DeleteCertificate.

load dms.bash

setup_file() {
    dms_pki
    certificate heavy kind=rsa:2048
    certificate heavier key=heavy md=sha512
    certificate old-style key=heavy md=sha1
    certificate pss kind=rsa-pss:2048
    certificate strong kind=ec:P-384 md=sha384
    certificate edwards kind=ed25519
    certificate mixed issuer=heavy
    certificate far until='2060-02-29 12:34:56 UTC'
    certificate endless until='9999-12-31 23:59:59 UTC'
    certificate past from='1951-01-01 UTC' until='2037-01-01 UTC'
}

test_setup() {
    dms_begin
}

teardown_file() {
    dms_end
}

# moment WORD NAME: startdate or enddate, as openssl has it, in the words of the client.
moment() {
    date -u -d "$(openssl x509 -in "$PKI/$2.pem" -noout "-$1" | cut -d= -f2)" +%Y-%m-%dT%H:%M:%S.000000Z
}

# many COUNT: certificates a1, a2, ...
many() {
    local i
    for ((i = 1; i <= $1; i++)); do
        printf '{"CertificateIdentifier":"a%d","CertificatePem":"%s"}' "$i" "$(<"$PKI/root.pem")" >"$CONTROL"
    done
}

# found: the identifiers in the last answer, sorted.
found() {
    answer '[.Certificates[].CertificateIdentifier] | sort | join(" ")'
}

# ---- Certificate

@test "an answer has every member of Certificate" {
    mount_certfs -o owner=root
    local before after members='CertificateArn CertificateCreationDate CertificateIdentifier CertificateOwner CertificatePem KeyLength SigningAlgorithm ValidFromDate ValidToDate'
    before=$(date +%s)
    dms_import Replica-1 leaf+leaf-key+root
    after=$(date +%s)
    equal "the members" "$(answer '.Certificate | del(.KmsKeyId, .CertificateWallet) | keys | join(" ")')" "$members"
    equal "identifier" "$(answer .Certificate.CertificateIdentifier)" Replica-1
    matches "ARN" "$ARN" '^arn:aws:dms:us-east-1:000000000000:cert:[A-Z2-7]{26}$'
    equal "owner" "$(answer .Certificate.CertificateOwner)" 000000000000
    equal "valid from" "$(answer .Certificate.ValidFromDate)" "$(moment startdate leaf)"
    equal "valid to" "$(answer .Certificate.ValidToDate)" "$(moment enddate leaf)"
    equal "algorithm" "$(answer .Certificate.SigningAlgorithm)" SHA256withECDSA
    equal "length" "$(answer .Certificate.KeyLength)" 256
    equal "created when it was imported" \
        "$(raw ".Certificate.CertificateCreationDate | floor >= $before and floor <= $after")" true
}

@test "later descriptions of a certificate are those that the import answered" {
    mount_certfs -o owner=root
    dms_import Set-1 leaf+leaf-key+root
    local imported
    imported=$(raw -S .Certificate)
    describe Set-1
    equal "described" "$(raw -S '.Certificates[0]')" "$imported"
    equal "certificate.json" "$(jq -cS . "$MNT/certificates/Set-1/certificate.json")" "$imported"
}

@test "the pem of an answer is of certificates alone, the leaf first" {
    mount_certfs -o owner=root
    dms_import Set-1 deep-key+root+intermediate+deep
    equal "the first" "$(answer .Certificate.CertificatePem | openssl x509)" "$(openssl x509 -in "$PKI/deep.pem")"
    [[ $RAW != *PRIVATE* ]] || fail "a key is in the answer"
    answer .Certificate.CertificatePem >"$WORK/answered.pem"
    equal "other blocks" "$(grep -e ----- "$WORK/answered.pem" | grep -vc CERTIFICATE || true)" 0
    equal "all of them" "$(certificates_of "$WORK/answered.pem" | LC_ALL=C sort)" \
        "$(certificates_of <(texts deep+intermediate+root) | LC_ALL=C sort)"
}

@test "a bundle is described by its first certificate, and its pem is the bundle" {
    mount_certfs -o owner=root
    dms_import Set-1 strong+far+root
    equal "valid to" "$(answer .Certificate.ValidToDate)" "$(moment enddate strong)"
    equal "algorithm" "$(answer .Certificate.SigningAlgorithm)" SHA384withECDSA
    equal "length" "$(answer .Certificate.KeyLength)" 384
    answer -j .Certificate.CertificatePem >"$WORK/answered.pem"
    same "$WORK/answered.pem" <(texts strong+far+root)
}

@test "algorithms have the names that Java gives them, lengths are the public key's" {
    mount_certfs -o owner=root
    local name algorithm bits
    while read -r name algorithm bits; do
        dms_import "$name" "$name"
        equal "$name" "$(answer '.Certificate | "\(.SigningAlgorithm) \(.KeyLength)"')" "$algorithm $bits"
    done <<'END'
heavy      SHA256withRSA    2048
heavier    SHA512withRSA    2048
old-style  SHA1withRSA      2048
pss        RSASSA-PSS       2048
root       SHA256withECDSA  256
strong     SHA384withECDSA  384
edwards    Ed25519          256
mixed      SHA256withRSA    256
END
}

@test "dates are those of the certificate, near and far" {
    mount_certfs -o owner=root
    local name
    for name in root far endless past; do
        dms_import "$name" "$name"
        equal "valid from" "$(answer .Certificate.ValidFromDate)" "$(moment startdate "$name")"
        equal "valid to" "$(answer .Certificate.ValidToDate)" "$(moment enddate "$name")"
    done
}

@test "ARNs are all different" {
    mount_certfs -o owner=root
    many 50
    dms_pages '{MaxRecords: 100}'
    equal "different ARNs" "$(answer '[.Certificates[].CertificateArn] | unique | length')" 50
}

@test "region and account are those of the mount" {
    mount_certfs -o owner=root,region=eu-central-1,account=123456789012
    dms_import Set-1 root
    matches "ARN" "$ARN" '^arn:aws:dms:eu-central-1:123456789012:cert:[A-Z2-7]{26}$'
    equal "owner" "$(answer .Certificate.CertificateOwner)" 123456789012
}

@test "a region or an account that could not stand in an ARN is refused at the start" {
    local option
    mkdir "$MNT"
    for option in region= region=a:b 'region=eu central' account= account=1234 account=12345678901x; do
        run "$CERTFS" -o "owner=root,$option" none "$MNT" 3>&- 4>&-
        [ "$status" != 0 ] || fail "it started with $option"
        matches "what it said of $option" "$output" "^certfs: .*${option%%=*}"
    done
}

# ---- filters

@test "without any certificate the list is empty" {
    mount_certfs -o owner=root
    dms DescribeCertificates
    equal "the answer" "$ANSWER" '{"Certificates":[]}'
}

@test "without a filter all are listed" {
    mount_certfs -o owner=root
    many 3
    dms DescribeCertificates
    equal "what is listed" "$(found)" "a1 a2 a3"
    equal "a marker" "$(answer .Marker)" null
}

@test "a filter finds by identifier and by ARN, one and several" {
    mount_certfs -o owner=root
    many 4
    local arns
    dms_pages '{}'
    arns=$(answer '[.Certificates[] | select(.CertificateIdentifier | . == "a2" or . == "a4") | .CertificateArn]')
    dms DescribeCertificates '{Filters: [{Name: "certificate-id", Values: ["a3"]}]}'
    equal "by one identifier" "$(found)" a3
    dms DescribeCertificates '{Filters: [{Name: "certificate-id", Values: ["a3", "a1"]}]}'
    equal "by two identifiers" "$(found)" "a1 a3"
    dms DescribeCertificates '{Filters: [{Name: "certificate-arn", Values: [$arns[0]]}]}' --argjson arns "$arns"
    equal "by one ARN" "$(found)" a2
    dms DescribeCertificates '{Filters: [{Name: "certificate-arn", Values: $arns}]}' --argjson arns "$arns"
    equal "by two ARNs" "$(found)" "a2 a4"
    dms DescribeCertificates '{Filters: [{Name: "certificate-id", Values: ["a3", "unknown"]}]}'
    equal "by one that is there and one that is not" "$(found)" a3
}

@test "a filter may name as many as there can be, and so may a list of ARNs" {
    mount_certfs -o owner=root
    many 100
    dms_pages '{MaxRecords: 100, Filters: [{Name: "certificate-id", Values: [range(1; 101) | "a\(.)"]}]}'
    equal "how many by identifier" "$(answer '.Certificates | length')" 100
    local arns
    arns=$(answer '[.Certificates[].CertificateArn]')
    dms DescribeCertificates '{MaxRecords: 100, Filters: [{Name: "certificate-arn", Values: $arns}]}' --argjson arns "$arns"
    equal "how many by ARN" "$(answer '.Certificates | length')" 100
    dms AddTagsToResource '{ResourceArn: $arns[99], Tags: [{Key: "team", Value: "db"}]}' --argjson arns "$arns"
    dms ListTagsForResource '{ResourceArnList: $arns}' --argjson arns "$arns"
    equal "the tags" "$(answer '[.TagList[].Key] | join(" ")')" team
}

@test "all of several filters must match" {
    mount_certfs -o owner=root
    many 2
    describe a1
    local arn
    arn=$(of_certificate .CertificateArn)
    dms DescribeCertificates '{Filters: [{Name: "certificate-id", Values: ["a1", "a2"]}, {Name: "certificate-arn", Values: [$arn]}]}' --arg arn "$arn"
    equal "by both" "$(found)" a1
    dms_refuses ResourceNotFoundFault ENOENT DescribeCertificates \
        '{Filters: [{Name: "certificate-id", Values: ["a2"]}, {Name: "certificate-arn", Values: [$arn]}]}' --arg arn "$arn"
}

@test "a filter that nothing matches is reported as not found" {
    mount_certfs -o owner=root
    local filter
    for filter in certificate-id:a9 certificate-arn:arn:aws:dms:us-east-1:000000000000:cert:ABCDEFGHIJKLMNOPQRSTUVWXYZ; do
        dms_refuses ResourceNotFoundFault ENOENT DescribeCertificates '{Filters: [{Name: $name, Values: [$value]}]}' \
            --arg name "${filter%%:*}" --arg value "${filter#*:}"
        reason_of_refusal not_found
        [ -e "$MNT/certificates/a1" ] || many 1
    done
}

@test "a filter of another name is refused" {
    mount_certfs -o owner=root
    many 1
    local name
    for name in certificate-name Certificate-Id certificate-id; do
        if [ "$name" = certificate-id ]; then
            dms DescribeCertificates '{Filters: [{Name: $name, Values: ["a1"]}]}' --arg name "$name"
        else
            dms_refuses InvalidParameterValueException EBADMSG DescribeCertificates '{Filters: [{Name: $name, Values: ["a1"]}]}' --arg name "$name"
        fi
    done
}

@test "a skeleton of the AWS CLI asks for all" {
    mount_certfs -o owner=root
    many 2
    dms_document DescribeCertificates \
        '{"Action": "DescribeCertificates", "Filters": [{"Name": "", "Values": [""]}], "MaxRecords": 0, "Marker": ""}'
    dms_succeeded DescribeCertificates
    equal "what is listed" "$(found)" "a1 a2"
}

@test "a document of DescribeCertificates needs its action, and no member of another one's" {
    mount_certfs -o owner=root
    say '{"MaxRecords": 5}'
    said_refused EBADMSG missing_field InvalidParameterValueException
    dms_document DescribeCertificates '{"Action": "DescribeCertificates", "CertificateIdentifier": "a"}'
    dms_refused InvalidParameterValueException EBADMSG
    reason_of_refusal unknown_field
}

# ---- pages

@test "a page has ten certificates by default, and the marker leads to the rest" {
    mount_certfs -o owner=root
    many 25
    local seen=() marker='' pages=0
    while :; do
        dms DescribeCertificates '{} + if $marker == "" then {} else {Marker: $marker} end' --arg marker "$marker"
        equal "how many are on page $((pages + 1))" "$(answer '.Certificates | length')" $((pages < 2 ? 10 : 5))
        seen+=("$(answer '.Certificates[].CertificateIdentifier')")
        pages=$((pages + 1))
        marker=$(answer '.Marker // ""')
        [ -n "$marker" ] || break
    done
    equal "pages" "$pages" 3
    equal "each once" "$(printf '%s\n' "${seen[@]}" | sort -V | xargs)" "$(printf 'a%d\n' {1..25} | xargs)"
}

@test "the client's own paginator goes through all pages, of whatever size" {
    mount_certfs -o owner=root
    many 25
    local size sizes
    while read -r size sizes; do
        dms_pages "{MaxRecords: $size}"
        equal "pages of $size" "$(answer '.sizes | join(" ")')" "$sizes"
        equal "each once" "$(answer '[.Certificates[].CertificateIdentifier] | sort | unique | length')" 25
    done <<'END'
24 24 1
25 25
26 25
100 25
7 7 7 7 4
END
    dms_pages '{MaxRecords: 1}'
    equal "pages of 1" "$(answer '.sizes | length')" 25
    dms_pages '{}'
    equal "pages by default" "$(answer '.sizes | join(" ")')" "10 10 5"
}

@test "a filter holds from page to page" {
    mount_certfs -o owner=root
    many 9
    dms_pages '{MaxRecords: 2, Filters: [{Name: "certificate-id", Values: ["a1", "a3", "a5", "a7", "a9"]}]}'
    equal "what is listed" "$(found)" "a1 a3 a5 a7 a9"
    equal "the pages" "$(answer '.sizes | join(" ")')" "2 2 1"
}

@test "a deletion or an import between two pages neither hides nor repeats another certificate" {
    mount_certfs -o owner=root
    many 20
    dms DescribeCertificates '{MaxRecords: 10}'
    local first marker
    first=$(answer '[.Certificates[].CertificateIdentifier]')
    marker=$(answer .Marker)
    dms_delete "$(answer '.Certificates[3].CertificateArn')"
    dms_import zz root
    dms_import AA root
    dms DescribeCertificates '{MaxRecords: 100, Marker: $marker}' --arg marker "$marker"
    equal "the twenty, each once" "$(answer --argjson first "$first" \
        '$first + [.Certificates[].CertificateIdentifier | select(startswith("a"))] | sort | join(" ")')" \
        "$(printf 'a%d\n' {1..20} | LC_ALL=C sort | xargs)"
}

@test "the certificate at which a page ended may be deleted before the next" {
    mount_certfs -o owner=root
    many 6
    dms DescribeCertificates '{MaxRecords: 3}'
    local marker last
    marker=$(answer .Marker)
    last=$(answer '.Certificates[2].CertificateArn')
    dms_delete "$last"
    dms DescribeCertificates '{Marker: $marker}' --arg marker "$marker"
    equal "how many follow" "$(answer '.Certificates | length')" 3
}

@test "sizes from 1 to 100 are taken, 0 means none, others are refused" {
    mount_certfs -o owner=root
    many 1
    local size
    for size in 0 1 20 100; do
        dms DescribeCertificates "{MaxRecords: $size}"
        equal "what is listed" "$(found)" a1
    done
    for size in -1 101 1000000 2147483647; do
        dms_refuses InvalidParameterValueException EBADMSG DescribeCertificates "{MaxRecords: $size}"
    done
    for size in 1.5 '"10"' true 1e99; do
        dms_document DescribeCertificates "{\"Action\": \"DescribeCertificates\", \"MaxRecords\": $size}"
        dms_refused InvalidParameterValueException EBADMSG
    done
}

@test "a marker that nobody gave out is refused" {
    mount_certfs -o owner=root
    many 12
    local marker
    for marker in nonsense ' ' 12345 $'a\nb'; do
        dms_refuses InvalidParameterValueException EBADMSG DescribeCertificates '{Marker: $marker}' --arg marker "$marker"
    done
}

# ---- DeleteCertificate

@test "a deletion answers what was deleted, and the directory is gone" {
    mount_certfs -o owner=root
    dms_import Set-1 root
    dms_import b leaf+leaf-key+root
    local before
    before=$(raw -S .Certificate)
    dms_delete "$ARN"
    equal "the answer" "$(raw -S .Certificate)" "$before"
    [ ! -e "$MNT/certificates/b" ] || fail "the directory is still there"
    identifiers_are Set-1
    dms_refuses ResourceNotFoundFault ENOENT DescribeCertificates '{Filters: [{Name: "certificate-id", Values: ["b"]}]}'
}

@test "a key that is held open is wiped by the deletion" {
    mount_certfs -o owner=root
    local held
    dms_import Set-1 leaf+leaf-key+root
    exec {held}<"$MNT/certificates/Set-1/key.pem"
    dd bs=10 count=1 status=none <&"$held" >"$WORK/begin"
    dms_delete "$ARN"
    run cat <&"$held"
    exec {held}<&-
    [ "$status" != 0 ] || fail "the key was read"
    matches "what cat said" "$output" 'Input/output error'
}

@test "an ARN is unknown before, after and beside its certificate" {
    mount_certfs -o owner=root
    local arn
    dms_import Set-1 root
    arn=$ARN
    dms_refuses ResourceNotFoundFault ENOENT DeleteCertificate '{CertificateArn: "arn:aws:dms:us-east-1:000000000000:cert:ABCDEFGHIJKLMNOPQRSTUVWXYZ"}'
    reason_of_refusal not_found
    dms_refuses ResourceNotFoundFault ENOENT DeleteCertificate '{CertificateArn: $arn}' --arg arn "${arn%?}"
    dms_refuses ResourceNotFoundFault ENOENT DeleteCertificate '{CertificateArn: $arn}' --arg arn "${arn/us-east-1/eu-west-1}"
    dms_refuses ResourceNotFoundFault ENOENT DeleteCertificate '{CertificateArn: $arn}' --arg arn "${arn,,}"
    identifiers_are Set-1
    dms_delete "$arn"
    dms_refuses ResourceNotFoundFault ENOENT DeleteCertificate '{CertificateArn: $arn}' --arg arn "$arn"
}

@test "a deletion without an ARN is refused" {
    mount_certfs -o owner=root
    dms_import Set-1 root
    local members
    for members in '' ', "CertificateArn": ""' ', "CertificateArn": null'; do
        dms_document DeleteCertificate "{\"Action\": \"DeleteCertificate\"$members}"
        dms_refused InvalidParameterValueException EBADMSG
        reason_of_refusal missing_field
    done
    identifiers_are Set-1
}

@test "an identifier that was deleted can be imported again, and is another certificate" {
    mount_certfs -o owner=root
    local arn
    dms_import Set-1 leaf+leaf-key+root '{Tags: [{Key: "team", Value: "db"}]}'
    arn=$ARN
    dms_delete "$arn"
    dms_import SET-1 root
    [ "$ARN" != "$arn" ] || fail "it has the same ARN"
    tags_are "$ARN"
    files_of SET-1 ca.pem
    identifiers_are SET-1
}
