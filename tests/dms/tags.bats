#!/usr/bin/env bats
# Tags: AddTagsToResource, ListTagsForResource, RemoveTagsFromResource, their rules at the edges, and the attributes.

load dms.bash

UNKNOWN=arn:aws:dms:us-east-1:000000000000:cert:ABCDEFGHIJKLMNOPQRSTUVWXYZ

setup_file() {
    dms_pki
}

test_setup() {
    dms_begin
    mount_certfs -o owner=root
    dms_import Set-1 root
}

teardown_file() {
    dms_end
}

# ten: tags k1 to k10.
ten() {
    printf 'k%d=v\n' {1..10}
}

# takes_each FILTER [ARGUMENT...]: the filter makes tags; each must be taken, and listed as it was.
takes_each() {
    # shellcheck disable=SC2016 # for jq
    dms_each "($1)"' as $tag | {operation: "AddTagsToResource", parameters: {ResourceArn: $_arn, Tags: [$tag]}},
        {operation: "ListTagsForResource", parameters: {ResourceArn: $_arn}},
        {operation: "RemoveTagsFromResource", parameters: {ResourceArn: $_arn, TagKeys: [$tag.Key]}}' --arg _arn "$ARN" "${@:2}" &&
        all_outcomes '.code == "" and .errno == ""' "what was refused" &&
        equal "what was listed" "$(jq -c '.outcome.answer.TagList | select(.) | map({Key, Value})' "$OUTCOMES")" \
            "$(jq -nc "($1) | [{Key, Value: (.Value // \"\")}]" "${@:2}")"
}

# takes_none ERRNO FILTER [ARGUMENT...]: each is refused in AddTagsToResource and in ImportCertificate, and nothing
# happened.
takes_none() {
    # shellcheck disable=SC2016 # for jq
    dms_each "($2)"' as $tag | {operation: "AddTagsToResource", parameters: {ResourceArn: $_arn, Tags: [$tag]}},
        {operation: "ImportCertificate", parameters: {CertificateIdentifier: "b", CertificatePem: $_pem, Tags: [$tag]}}' \
        --arg _arn "$ARN" --rawfile _pem "$PKI/root.pem" "${@:3}" &&
        refused_each "$1" && tags_are "$ARN" && equal "the certificates" "$(names_in "$MNT/certificates")" Set-1
}

# ---- the three operations

@test "a certificate has the tags of its import" {
    dms_import b root '{Tags: [{Key: "team", Value: "db"}, {Key: "stage", Value: "test"}]}'
    tags_are "$ARN" team=db stage=test
}

@test "an entry of the list has key, value and the ARN" {
    add_tags "$ARN" team=db
    dms ListTagsForResource '{ResourceArn: $arn}' --arg arn "$ARN"
    equal "the list" "$(answer -S .)" "{\"TagList\":[{\"Key\":\"team\",\"ResourceArn\":\"$ARN\",\"Value\":\"db\"}]}"
}

@test "without tags the list is empty" {
    dms ListTagsForResource '{ResourceArn: $arn}' --arg arn "$ARN"
    equal "the answer" "$ANSWER" '{"TagList":[]}'
}

@test "tags are added to those that are there, and a key that is there is overwritten" {
    add_tags "$ARN" team=db stage=test
    equal "the answer" "$RAW" '{}'
    add_tags "$ARN" stage=live owner=me
    tags_are "$ARN" team=db stage=live owner=me
}

@test "tags are removed by their keys, and a key that is not there does no harm" {
    add_tags "$ARN" team=db stage=test owner=me
    dms RemoveTagsFromResource '{ResourceArn: $arn, TagKeys: ["team", "unknown", "owner"]}' --arg arn "$ARN"
    equal "the answer" "$RAW" '{}'
    tags_are "$ARN" stage=test
    dms RemoveTagsFromResource '{ResourceArn: $arn, TagKeys: ["STAGE"]}' --arg arn "$ARN"
    tags_are "$ARN" stage=test
}

@test "tags of several certificates are listed with one request" {
    local first=$ARN
    add_tags "$first" team=db
    dms_import b root '{Tags: [{Key: "team", Value: "web"}, {Key: "stage", Value: "test"}]}'
    dms_import c root '{Tags: [{Key: "team", Value: "other"}]}'
    describe b
    dms ListTagsForResource '{ResourceArnList: [$a, $b]}' --arg a "$first" --arg b "$(of_certificate .CertificateArn)"
    equal "the list" "$(answer '[.TagList[] | [.ResourceArn, .Key, .Value] | join(" ")] | sort | join("\n")')" \
        "$(printf '%s\n' "$first team db" "$(of_certificate .CertificateArn) "{"team web","stage test"} | LC_ALL=C sort)"
}

@test "a skeleton of the AWS CLI lists the tags of the one ARN that is filled in" {
    add_tags "$ARN" team=db
    dms_document ListTagsForResource "{\"Action\": \"ListTagsForResource\", \"ResourceArn\": \"$ARN\", \"ResourceArnList\": [\"\"]}"
    dms_succeeded ListTagsForResource
    equal "the list" "$(answer '[.TagList[].Key] | join(" ")')" team
}

@test "an unknown ARN is reported as not found by all three" {
    dms_refuses ResourceNotFoundFault ENOENT AddTagsToResource '{ResourceArn: $arn, Tags: [{Key: "a", Value: "b"}]}' --arg arn "$UNKNOWN"
    reason_of_refusal not_found
    dms_refuses ResourceNotFoundFault ENOENT RemoveTagsFromResource '{ResourceArn: $arn, TagKeys: ["a"]}' --arg arn "$UNKNOWN"
    dms_refuses ResourceNotFoundFault ENOENT ListTagsForResource '{ResourceArn: $arn}' --arg arn "$UNKNOWN"
    dms_refuses ResourceNotFoundFault ENOENT ListTagsForResource '{ResourceArnList: [$arn, $unknown]}' \
        --arg arn "$ARN" --arg unknown "$UNKNOWN"
}

@test "a missing required member is refused" {
    local document
    for document in '"Action": "ListTagsForResource"' '"Action": "ListTagsForResource", "ResourceArn": "", "ResourceArnList": []' \
        '"Action": "AddTagsToResource", "Tags": [{"Key": "a", "Value": "b"}]' \
        "\"Action\": \"AddTagsToResource\", \"ResourceArn\": \"$ARN\"" \
        "\"Action\": \"RemoveTagsFromResource\", \"ResourceArn\": \"$ARN\"" '"Action": "RemoveTagsFromResource", "TagKeys": ["a"]'; do
        dms_document "$(jq -r .Action <<<"{$document}")" "{$document}"
        dms_refused InvalidParameterValueException EBADMSG
        reason_of_refusal missing_field
    done
    say "{\"ResourceArn\": \"$ARN\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}"
    said_refused EBADMSG missing_field InvalidParameterValueException
    tags_are "$ARN"
}

@test "tags change neither the certificate nor its files" {
    local before
    dms_import b leaf+leaf-key+root
    before=$(cd "$MNT/certificates/b" && stat -c '%n %i %s %y' -- *.pem && cat certificate.json)
    add_tags "$ARN" team=db
    dms RemoveTagsFromResource '{ResourceArn: $arn, TagKeys: ["team"]}' --arg arn "$ARN"
    equal "the files" "$(cd "$MNT/certificates/b" && stat -c '%n %i %s %y' -- *.pem && cat certificate.json)" "$before"
}

# ---- how long

@test "a key has 1 to 128 characters, whatever these take in bytes" {
    takes_each '"a", "ä", "中", "𝐀" | {Key: (., . * 128), Value: "x"}'
    takes_none EFBIG '"a", "ä", "中", "𝐀" | {Key: (. * 129), Value: "x"}'
    takes_none EBADMSG '{Key: "", Value: "x"}, {Value: "x"}'
}

@test "a value has at most 256 characters, whatever these take in bytes, and may be empty or absent" {
    takes_each '"a", "ä", "中", "𝐀" | {Key: "k", Value: (., . * 256)}'
    takes_none EFBIG '"a", "ä", "中", "𝐀" | {Key: "k", Value: (. * 257)}'
    takes_each '{Key: "k", Value: ""}, {Key: "k"}'
}

@test "raw UTF-8 and escapes are counted and kept alike" {
    local raw
    for raw in "$(jq -nr '"𝐀" * 128')" "$(printf '\\ud835\\udc00%.0s' {1..128})"; do
        dms_document AddTagsToResource "{\"Action\": \"AddTagsToResource\", \"ResourceArn\": \"$ARN\", \"Tags\": [{\"Key\": \"$raw\", \"Value\": \"$raw\"}]}"
        dms_succeeded AddTagsToResource
        tags_are "$ARN" "$(jq -nr '("𝐀" * 128) as $k | "\($k)=\($k)"')"
    done
}

# ---- which characters

@test "letters, digits and blanks of every script and _.:/=+- are taken" {
    takes_each '$ARGS.positional[] | ("x" + . + "x", .) | {Key: ., Value: .}' --args a Z é ß Ж 中 あ ا ª ǅ 5 ٣ Ⅷ ² ½ _ . : / = + - ' ' \
        $'\u00a0' $'\u1680' $'\u2003' $'\u2028' $'\u2029' $'\u3000' 𝟘 𐍈
}

@test "every other character is not, neither in keys nor in values" {
    takes_none EBADMSG '$ARGS.positional[] | {Key: ("x" + .), Value: "x"}, {Key: "x", Value: ("x" + .)}' --args \
        '@' '*' ',' ';' '!' '?' '"' "'" '\' '(' '[' '{' '<' '&' '%' '$' '#' '|' '~' '^' '`' $'\t' $'\n' $'\r' $'\x01' \
        $'\x7f' $'\u0085' $'\u0301' $'\u200b' $'\u200d' $'\u2010' $'\u20ac' $'\u2160\u20dd' 😀 $'\ufeff' $'\ufffd' $'\ue000' $'\u0378' $'\uffff'
}

@test "aws: and dms: must not stand first, in keys and values" {
    takes_none EBADMSG '"aws:", "dms:" | {Key: (., . + "x"), Value: "x"}, {Key: "x", Value: (. + "x", .)}'
    takes_each '"aws:", "dms:" | ("x" + ., rtrimstr(":"), .[:3] + "/" + .) | {Key: ., Value: .}'
}

@test "keys that differ in the case of a letter are two, also where Unicode calls them alike" {
    add_tags "$ARN" team=1 Team=2 $'caf\u00e9=3' $'CAF\u00c9=4'
    tags_are "$ARN" team=1 Team=2 $'caf\u00e9=3' $'CAF\u00c9=4'
}

# ---- how many

@test "a certificate has at most ten tags, those of its import included" {
    local tags
    mapfile -t tags < <(ten)
    dms_import b root '{Tags: '"$TAGS_OF_ARGUMENTS"'}' --args "${tags[@]}"
    tags_are "$ARN" "${tags[@]}"
    tags_refused InvalidParameterValueException EFBIG "$ARN" k11=v
    reason_of_refusal too_large
    dms_refuses_import InvalidParameterValueException EFBIG c root '{Tags: '"$TAGS_OF_ARGUMENTS"'}' --args "${tags[@]}" k11=v
    tags_are "$ARN" "${tags[@]}"
    identifiers_are Set-1 b
}

@test "with ten tags there can still be one overwritten, and one added once one was removed" {
    local tags
    mapfile -t tags < <(ten)
    add_tags "$ARN" "${tags[@]}"
    add_tags "$ARN" k1=w k10=w
    tags_are "$ARN" k1=w "${tags[@]:1:8}" k10=w
    dms RemoveTagsFromResource '{ResourceArn: $arn, TagKeys: ["k5"]}' --arg arn "$ARN"
    add_tags "$ARN" k11=v
    tags_refused InvalidParameterValueException EFBIG "$ARN" k5=v
}

@test "tags that do not all fit are not added at all" {
    local tags
    mapfile -t tags < <(ten)
    add_tags "$ARN" "${tags[@]:0:9}"
    tags_refused InvalidParameterValueException EFBIG "$ARN" k1=new k10=v k11=v
    tags_refused InvalidParameterValueException EBADMSG "$ARN" k1=new k10=a@b
    tags_are "$ARN" "${tags[@]:0:9}"
}

@test "one key twice in one request is refused" {
    tags_refused InvalidParameterValueException EBADMSG "$ARN" k=1 l=2 k=3
    tags_refused InvalidParameterValueException EBADMSG "$ARN" k=1 k=1
    tags_are "$ARN"
    dms_refuses_import InvalidParameterValueException EBADMSG b root '{Tags: [{Key: "k", Value: "1"}, {Key: "k", Value: "2"}]}'
    identifiers_are Set-1
}

# ---- attributes

@test "tags are attributes of the directory, and change with them" {
    equal "without tags" "$(xattrs "$MNT/certificates/Set-1")" '{}'
    add_tags "$ARN" team=db "stage/of.it:here+there-=x y"
    equal "the attributes" "$(xattrs "$MNT/certificates/Set-1")" '{"user.stage/of.it:here+there-": "x y", "user.team": "db"}'
    add_tags "$ARN" team=
    equal "an empty one" "$(getfattr --absolute-names --only-values -n user.team "$MNT/certificates/Set-1")" ""
    dms RemoveTagsFromResource '{ResourceArn: $arn, TagKeys: ["team"]}' --arg arn "$ARN"
    run getfattr -n user.team "$MNT/certificates/Set-1"
    [ "$status" != 0 ] || fail "the attribute is still there"
    matches "what getfattr said" "$output" 'No such attribute'
}

@test "getfattr -d prints them as any other attributes" {
    add_tags "$ARN" team=db stage=test
    equal "what it prints" "$(getfattr --absolute-names -d "$MNT/certificates/Set-1" | LC_ALL=C sort)" \
        "$(printf '%s\n' '' "# file: $MNT/certificates/Set-1" 'user.stage="test"' 'user.team="db"')"
}

@test "keys and values of every script are attributes, and the longest value is" {
    dms AddTagsToResource '{ResourceArn: $arn, Tags: [{Key: "größe", Value: ("𝐀" * 256)}]}' --arg arn "$ARN"
    equal "the attribute" "$(xattrs "$MNT/certificates/Set-1")" "{\"user.größe\": \"$(jq -nr '"𝐀" * 256')\"}"
}

@test "a key that is too long for an attribute's name is left out, and only that" {
    # 255 bytes are the most, and "user." takes 5 of them.
    dms AddTagsToResource '{ResourceArn: $arn, Tags: [{Key: ("ä" * 125), Value: "250 bytes"}, {Key: ("a" + "ä" * 125), Value: "251 bytes"},
        {Key: ("𝐀" * 128), Value: "512 bytes"}, {Key: "k", Value: "v"}]}' --arg arn "$ARN"
    equal "the attributes" "$(xattrs "$MNT/certificates/Set-1")" "{\"user.k\": \"v\", \"user.$(jq -nr '"ä" * 125')\": \"250 bytes\"}"
    dms ListTagsForResource '{ResourceArn: $arn}' --arg arn "$ARN"
    equal "how many tags" "$(answer '.TagList | length')" 4
}

@test "files and other directories have no attributes" {
    local path
    add_tags "$ARN" team=db
    for path in "$MNT" "$CONTROL" "$MNT/status" "$MNT/certificates" "$MNT/certificates/Set-1/ca.pem" "$MNT/certificates/Set-1/certificate.json"; do
        equal "the attributes of $path" "$(xattrs "$path")" '{}'
    done
}

@test "a buffer that is too small for a value or the list gets ERANGE" {
    add_tags "$ARN" team=database
    python3 - "$MNT/certificates/Set-1" <<'PYTHON'
import ctypes, errno, os, sys
libc = ctypes.CDLL(None, use_errno=True)
path = os.fsencode(sys.argv[1])
small, large = ctypes.create_string_buffer(3), ctypes.create_string_buffer(100)
assert libc.getxattr(path, b"user.team", None, 0) == 8
assert libc.getxattr(path, b"user.team", small, 3) == -1 and ctypes.get_errno() == errno.ERANGE
assert libc.getxattr(path, b"user.team", large, 8) == 8 and large.raw[:9] == b"database\0"
assert libc.listxattr(path, None, 0) == 10
assert libc.listxattr(path, small, 3) == -1 and ctypes.get_errno() == errno.ERANGE
assert libc.listxattr(path, large, 10) == 10 and large.raw[:10] == b"user.team\0"
assert libc.getxattr(path, b"user.other", large, 100) == -1 and ctypes.get_errno() == errno.ENODATA
assert libc.getxattr(path, b"trusted.team", large, 100) == -1 and ctypes.get_errno() in (errno.ENODATA, errno.EOPNOTSUPP)
PYTHON
}
