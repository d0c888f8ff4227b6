# dms.bash: a DMS client for each test; sourced by the bats files here, on top of ../judge/judge.bash (certificates of
# every kind) and ../lib/certfs.bash.
#
# dms_pki belongs into setup_file, dms_begin into test_setup, and dms_end into teardown_file. The client is botocore's
# own (client.py), one process per file, of which each test has a fork. Parameters are written as a jq filter;
# what a test has of certificates is named by words as in judge.bash: "leaf+leaf-key+root".

source "${BASH_SOURCE[0]%/*}/../judge/judge.bash"

DMS_CLIENT=${BASH_SOURCE[0]%/*}/client.py

_have_client() {
    /usr/bin/python3 -Ic 'import botocore' 2>/dev/null
}

_start_client() {
    export DMS_FOLDERS=$BATS_FILE_TMPDIR/folders DMS_CLIENT_PID=
    _have_client || return 0
    mkfifo "$DMS_FOLDERS"
    # The user that runs the tests may have an account with AWS; the client is not to look for it.
    env -i TZ=UTC0 LC_ALL=C.UTF-8 /usr/bin/python3 -I "$DMS_CLIENT" "$DMS_FOLDERS" </dev/null 3>&- 4>&- &
    DMS_CLIENT_PID=$!
}

dms_end() {
    [ -z "${DMS_CLIENT_PID-}" ] || kill "$DMS_CLIENT_PID"
}

# Opening a FIFO for both directions waits for nobody.
dms_begin() {
    local pid folders
    [ -n "$DMS_CLIENT_PID" ] || skip "python3-botocore is not installed"
    mkfifo "$WORK/.requests" "$WORK/.outcomes"
    exec {DMS_REQUESTS}<>"$WORK/.requests" {DMS_OUTCOMES}<>"$WORK/.outcomes"
    exec {folders}<>"$DMS_FOLDERS" # what nobody has open forgets what was written
    printf '%s\n' "$WORK" >&"$folders"
    read -r -t "$SECONDS_TO_WAIT" pid <&"$DMS_OUTCOMES" || { fail "the client does not start"; return 1; }
    exec {folders}>&-
    echo "$pid" >>"$WORK/.background"
}

# dms_pki: in setup_file. `leaf` is of `root`; `deep` is of `intermediate`, which is of `root`.
dms_pki() {
    _start_client
    pki_begin
    certificate root as=ca
    certificate intermediate as=ca issuer=root
    certificate leaf issuer=root
    certificate deep issuer=intermediate
    certificate other as=ca
}

# _dms JSON: has the client carry out the request. Fills
#   CODE CLASS MESSAGE ERRNO REASON   of the fault and of the write; empty for none
#   ANSWER RAW                        the answer as the client gives it, and its own JSON
_dms() {
    printf '%s\n' "$1" >&"$DMS_REQUESTS"
    IFS=$'\x1f' read -r -t "$SECONDS_TO_WAIT" CODE CLASS MESSAGE ERRNO REASON ANSWER RAW <&"$DMS_OUTCOMES" ||
        fail "the client does not answer"
}

# dms_call OPERATION [FILTER [ARGUMENT...]]: whatever comes of it.
dms_call() {
    local request
    request=$(_dms_request "$1" "{parameters: (${2:-{\}})}" "${@:3}") && _dms "$request"
}

_dms_request() {
    jq -nc --arg _control "$CONTROL" --arg _operation "$1" "{operation: \$_operation, control: \$_control} + $2" "${@:3}"
}

# dms OPERATION [FILTER [ARGUMENT...]]: it must succeed.
dms() {
    dms_call "$@" && dms_succeeded "$1"
}

dms_succeeded() {
    equal "the fault of $1 ($MESSAGE)" "$CODE" "" && equal "the errno of $1" "$ERRNO" ""
}

# dms_refuses CODE ERRNO OPERATION [FILTER [ARGUMENT...]]
dms_refuses() {
    dms_call "${@:3}" && dms_refused "$1" "$2"
}

dms_refused() {
    equal "the fault ($MESSAGE)" "$CODE" "$1" && equal "the errno ($MESSAGE)" "$ERRNO" "$2" || return
    # Codes that the model does not list come as the client's common class.
    local class=$1
    [ "$1" != InvalidParameterValueException ] || class=ClientError
    equal "the class of $1" "$CLASS" "$class" && is_sentence "$MESSAGE" &&
        equal "the reason in status" "$(of_status .last_request.reason)" "$REASON"
}

# reason_of_refusal REASON
reason_of_refusal() {
    equal "the reason ($MESSAGE)" "$REASON" "$1"
}

# dms_pages FILTER: DescribeCertificates by the client's paginator.
dms_pages() {
    local request
    request=$(_dms_request DescribeCertificates "{pages: true, parameters: ($1)}") && _dms "$request" && dms_succeeded paging
}

# dms_each FILTER [ARGUMENT...]: the filter makes {operation, parameters} many times. Their outcomes go into the file
# $OUTCOMES, each with its request as {request, outcome}: much cheaper than as many single calls.
dms_each() {
    local request outcome
    OUTCOMES=$WORK/outcomes
    while read -r request; do
        printf '%s\n' "$request" >&"$DMS_REQUESTS"
        read -r -t "$SECONDS_TO_WAIT" outcome <&"$DMS_OUTCOMES" || { fail "the client does not answer"; return 1; }
        printf '{"request":%s,"outcome":%s}\n' "$request" "$outcome"
    done < <(jq -nc --arg _control "$CONTROL" "$1 | .control = \$_control | .whole = true" "${@:2}") >"$OUTCOMES"
    [ -s "$OUTCOMES" ] || fail "there were no requests"
}

# all_outcomes FILTER WHAT: the filter is true of each outcome.
all_outcomes() {
    equal "$2" "$(jq -c "select(.outcome | $1 | not)" "$OUTCOMES")" ""
}

# refused_each ERRNO: each, as a parameter that is no good.
refused_each() {
    all_outcomes '.code == "InvalidParameterValueException" and .class == "ClientError" and .errno == "'"$1"'"' "what was taken" &&
        all_outcomes '.message | test("^[ -~]{1,120}$") and (endswith("...") | not)' "what is no sentence"
}

# dms_document OPERATION TEXT: the text goes out as it is, the answer comes in through the client.
dms_document() {
    local request
    # The client looks at what it would have sent, and these are required.
    # shellcheck disable=SC2016 # for jq
    request=$(_dms_request "$1" '{document: $text, parameters: ({ImportCertificate: {CertificateIdentifier: "none"},
        DeleteCertificate: {CertificateArn: ""}, AddTagsToResource: {ResourceArn: "", Tags: []},
        RemoveTagsFromResource: {ResourceArn: "", TagKeys: []}}[$_operation] // {})}' --arg text "$2") && _dms "$request"
}

# say TEXT [STEP]: writes TEXT at once, or by STEP, past the client; the lines of `talk` go into SAID.
say() {
    printf '%s' "$1" >"$WORK/document"
    SAID=$(talk "${2-write}:$WORK/document" read close)
}

# said_refused ERRNO REASON FAULT: in the shape of all that is not known to be DMS's.
said_refused() {
    matches "the outcome" "$SAID" $'^write '"$1"$'\nread [{]"result":"refused","fault":"'"$3"'","reason":"'"$2"$'".*\nclose ok$'
}

# dms_import ID WORDS [FILTER [ARGUMENT...]]: a certificate, its ARN in ARN. FILTER gives more members.
# shellcheck disable=SC2034 # for the tests
dms_import() {
    _dms_import "$@" && dms_succeeded "ImportCertificate of $1" && ARN=$(answer .Certificate.CertificateArn)
}

# dms_refuses_import CODE ERRNO ID WORDS [FILTER [ARGUMENT...]]
dms_refuses_import() {
    _dms_import "${@:3}" && dms_refused "$1" "$2"
}

_dms_import() {
    # shellcheck disable=SC2016 # for jq
    dms_call ImportCertificate '{CertificateIdentifier: $id, CertificatePem: $pem} + '"(${3:-{\}})" \
        --arg id "$1" --rawfile pem <(texts "$2") "${@:4}"
}

# dms_delete ARN
dms_delete() {
    # shellcheck disable=SC2016 # for jq
    dms DeleteCertificate '{CertificateArn: $arn}' --arg arn "$1"
}

# describe ID: its Certificate, by the filter, in CERTIFICATE.
describe() {
    # shellcheck disable=SC2016 # for jq
    dms DescribeCertificates '{Filters: [{Name: "certificate-id", Values: [$id]}]}' --arg id "$1" || return
    equal "how many are called $1" "$(jq '.Certificates | length' <<<"$ANSWER")" 1
    CERTIFICATE=$(jq -c '.Certificates[0]' <<<"$ANSWER")
}

# answer FILTER, raw FILTER, certificate_has FILTER: of the last answer, and of what `describe` found.
answer() {
    jq -cr "$@" <<<"$ANSWER"
}

raw() {
    jq -cr "$@" <<<"$RAW"
}

of_certificate() {
    jq -cr "$@" <<<"$CERTIFICATE"
}

# identifiers: of all certificates, sorted, in one line.
identifiers() {
    dms_pages '{MaxRecords: 100}' && IDENTIFIERS=$(answer '[.Certificates[].CertificateIdentifier] | sort | join(" ")')
}

# identifiers_are ID...: these and no others, in the answers and in the tree.
identifiers_are() {
    local expected
    expected=$(printf '%s\n' "$@" | LC_ALL=C sort | xargs)
    identifiers && equal "the certificates" "$IDENTIFIERS" "$expected" &&
        equal "the directories" "$(names_in "$MNT/certificates")" "$expected"
}

# tags_are ARN [KEY=VALUE...]: these and no others; neither keys nor values have blanks or equals signs.
tags_are() {
    # shellcheck disable=SC2016 # for jq
    dms ListTagsForResource '{ResourceArn: $arn}' --arg arn "$1" &&
        equal "the tags" "$(answer '[.TagList[] | "\(.Key)=\(.Value)"] | sort | join(" ")')" "$(printf '%s\n' "${@:2}" | LC_ALL=C sort | xargs)"
}

# add_tags ARN TAG..., tags_refused CODE ERRNO ARN TAG...: each tag as KEY=VALUE.
add_tags() {
    # shellcheck disable=SC2016 # for jq
    dms AddTagsToResource '{ResourceArn: $arn, Tags: '"$TAGS_OF_ARGUMENTS"'}' --arg arn "$1" --args "${@:2}"
}

tags_refused() {
    # shellcheck disable=SC2016 # for jq
    dms_refuses "$1" "$2" AddTagsToResource '{ResourceArn: $arn, Tags: '"$TAGS_OF_ARGUMENTS"'}' --arg arn "$3" --args "${@:4}"
}

# shellcheck disable=SC2016 # for jq
TAGS_OF_ARGUMENTS='[$ARGS.positional[] | split("=") | {Key: .[0], Value: (.[1:] | join("="))}]'

# ---- in the tree

# names_in DIRECTORY: sorted, in one line.
names_in() {
    find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' | LC_ALL=C sort | xargs
}

# files_of ID FILE...: the directory has these and certificate.json and no others.
files_of() {
    equal "what is in certificates/$1" "$(names_in "$MNT/certificates/$1")" \
        "$(printf '%s\n' certificate.json "${@:2}" | LC_ALL=C sort | xargs)"
}

# holds ID FILE WORDS: byte for byte.
holds() {
    same "$MNT/certificates/$1/$2" <(texts "$3")
}

# xattrs PATH: all extended attributes as one JSON object, sorted. Names that are no UTF-8 would be an error.
xattrs() {
    /usr/bin/python3 -Ic 'import json, os, sys
names = os.listxattr(sys.argv[1])
assert len(names) == len(set(names)), names
print(json.dumps({n: os.getxattr(sys.argv[1], n).decode() for n in names}, sort_keys=True, ensure_ascii=False))' "$1"
}

# named_document ID NAME [FILTER]: a document of all three fields with an identifier.
named_document() {
    jq -c --arg id "$1" '{CertificateIdentifier: $id} + . + '"(${3:-{\}})" "$PKI/$2.json"
}
