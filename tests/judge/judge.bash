# judge.bash: certificates of every kind, documents made of them and certfs's answers to these; sourced by the bats
# files, on top of ../lib/certfs.bash (mounts, keys, payloads).
#
# A file has one mount and empties it before each test: judge_begin and judge_end belong into setup_file and
# teardown_file.
#
# In a table a field is written as words joined by '+', each a file: "leaf+intermediate" is $PKI/leaf.pem followed by
# $PKI/intermediate.pem, "leaf-key" is the key that `certificate leaf` made. A word with a slash is a path.

source "${BASH_SOURCE[0]%/*}/../lib/certfs.bash"

# ---- the file's mount

judge_begin() {
    # Its tests share the mount.
    export BATS_NO_PARALLELIZE_WITHIN_FILE=true TEST_BEGIN=judge_test TEST_END=:
    pki_begin
    [ "$(id -u)" = 0 ] || return 0
    test_begin
    mount_certfs -o "owner=root"
    export WORK MNT CONTROL
}

# Removal also forgets the previous set.
judge_test() {
    judge_needs_root
    cd "$WORK" && remove_material
}

judge_needs_root() {
    [ "$(id -u)" = 0 ] || skip "these mounts need root"
}

judge_end() {
    [ "$(id -u)" != 0 ] || BATS_TEST_COMPLETED=1 test_end
}

# build_measure: build/measure, of measure.c, with the flags of the Makefile, by one run at a time.
build_measure() {
    (
        flock 9
        make -s -C "$ROOT" -f tests/judge/measure.mk measure
    ) 9>"$ROOT/build/judge.lock" 3>&- 4>&-
}

# ---- certificates, into $PKI

# certificate NAME [WORD...]: NAME.pem, with a key NAME-key.pem unless there is one.
#   as=ca|leaf|none|v1       the extensions to begin with; default: leaf, which is good as server and as client
#   subject=/CN=...          default: /O=..../CN=NAME, longer than what a sentence shows of a name
#   issuer=NAME              default: itself
#   key=NAME                 certifies another one's key
#   kind=KIND                of the key to make, as make_key or odd_key have it; default: ec:P-256
#   from=DATE until=DATE     as date -d has them; default: now and 90 days
#   md=DIGEST                default: sha256
#   +NAME=VALUE  -NAME       one extension more or less
certificate() {
    local name=$1 word subject="/O=certfs tests of the judge/CN=$1" issuer=$1 key=$1 kind=ec:P-256 from=now until='90 days' md=sha256
    local as=leaf work=$PKI/$1.work
    local -A extensions=()
    shift
    for word in "$@"; do
        case $word in
            as=*) as=${word#*=} ;;
            subject=* | issuer=* | key=* | kind=* | from=* | until=* | md=*) local "${word%%=*}=${word#*=}" ;;
        esac
    done
    _extensions_of "$as"
    for word in "$@"; do
        case $word in
            +*) word=${word#+}; extensions[${word%%=*}]=${word#*=} ;;
            # openssl adds key identifiers unless an option forbids it.
            -*KeyIdentifier) extensions[${word#-}]=none ;;
            -*) unset "extensions[${word#-}]" ;;
        esac
    done
    [ -e "$PKI/$key-key.pem" ] || odd_key "$key" "$kind" || return
    mkdir -p "$work"
    : >"$work/index"
    _ca_config >"$work/config"
    _openssl req -new -key "$PKI/$key-key.pem" -subj "$subject" -out "$work/request" || return
    _openssl ca -batch -notext -preserveDN -config "$work/config" -md "$md" \
        -startdate "$(_date_of "$from")" -enddate "$(_date_of "$until")" "${signing[@]}" -in "$work/request" -out "$PKI/$name.pem" || return
    [ "$as" != v1 ] || version_1 "$PKI/$name.pem" "$PKI/$issuer-key.pem"
}

# version_1 FILE KEY: makes the certificate in FILE one of version 1, signed with KEY. OpenSSL 3.2 and newer no longer
# do.
version_1() {
    python3 "${BASH_SOURCE[0]%/*}/version1.py" "$1" "$2"
}

_date_of() {
    date -u -d "$1" +%Y%m%d%H%M%SZ
}

# Fills `extensions` and `signing` of its caller.
_extensions_of() {
    signing=(-cert "$PKI/$issuer.pem" -keyfile "$PKI/$issuer-key.pem")
    [ "$issuer" != "$name" ] || signing=(-selfsign -keyfile "$PKI/$key-key.pem")
    extensions=([subjectKeyIdentifier]=hash [authorityKeyIdentifier]=keyid)
    case $1 in
        ca) extensions+=([basicConstraints]='critical,CA:TRUE' [keyUsage]='critical,keyCertSign,cRLSign') ;;
        leaf) extensions+=([basicConstraints]='critical,CA:FALSE' [extendedKeyUsage]='serverAuth,clientAuth'
            [subjectAltName]='IP:127.0.0.1') ;;
        none) ;;
        v1) extensions=() ;;
        *) fail "as what? $1" ;;
    esac
}

_ca_config() {
    local extension
    printf '%s\n' '[ca]' 'default_ca=own' '[own]' "database=$work/index" "new_certs_dir=$work" 'rand_serial=yes' \
        'policy=any' 'unique_subject=no'
    [ "${#extensions[@]}" = 0 ] || printf '%s\n' 'x509_extensions=extensions'
    printf '%s\n' '[any]' 'organizationName=optional' 'commonName=optional' '[extensions]'
    for extension in "${!extensions[@]}"; do
        printf '%s=%s\n' "$extension" "${extensions[$extension]}"
    done
}

# odd_key NAME KIND: what make_key makes, and what it does not.
odd_key() {
    local file=$PKI/$1-key.pem kind=$2
    case $kind in
        ed448) _openssl genpkey -algorithm ED448 -out "$file" ;;
        rsa-pss:*) _openssl genpkey -algorithm RSA-PSS -pkeyopt "rsa_keygen_bits:${kind#*:}" -out "$file" ;;
        # More than two primes are found sooner.
        rsa-primes:*) _openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:${kind#*:}" -pkeyopt rsa_keygen_primes:4 -out "$file" ;;
        ec-explicit:*) _openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:${kind#*:}" -pkeyopt ec_param_enc:explicit -out "$file" ;;
        dsa) _openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:2048 -out "$file.parameters" &&
            _openssl genpkey -paramfile "$file.parameters" -out "$file" ;;
        *) make_key "$1" "$kind" ;;
    esac
}

# good_sets: what the tables have in common: root, leaf and other (a leaf of the same root).
good_sets() {
    certificate root as=ca
    certificate leaf issuer=root
    certificate other issuer=root
}

# ---- documents

# texts WORDS: the files that a table's field names.
texts() {
    local word words=()
    IFS=+ read -r -a words <<<"$1"
    for word in "${words[@]}"; do
        [[ $word == */* ]] || word=$PKI/$word.pem
        cat "$word" || return
    done
}

# fields CA CERT KEY: the three fields of a document, in these files.
fields() {
    texts "$1" >"$WORK/ca.txt" && texts "$2" >"$WORK/cert.txt" && texts "$3" >"$WORK/key.txt"
}

# document CA CERT KEY [FILTER [ARGUMENT...]]: $WORK/document.json, changed by jq.
document() {
    fields "$@" && payload "$WORK"/{ca,cert,key}.txt >"$WORK/document.json" || return
    [ $# = 3 ] || { jq -c "${@:4}" <"$WORK/document.json" >"$WORK/changed.json" && mv "$WORK/changed.json" "$WORK/document.json"; }
}

# ---- asking

# ask ARGUMENT...: as ask.py has them, without the mount.
ask() {
    local told
    mapfile -t told < <(python3 -IS "$BATS_TEST_DIRNAME/ask.py" "$MNT" "$@")
    [ "${#told[@]}" = 11 ] || { fail "ask.py failed"; return 1; }
    VERDICT=${told[0]} ANSWER=${told[1]} RESULT=${told[2]} SENTENCE=${told[3]}
    REPAIRS=${told[4]} WARNINGS=${told[5]} WAIVED=${told[6]}
    LAST=${told[7]} LAST_REQUEST=${told[8]} STATUS_WAIVED=${told[9]} SERVED=${told[10]}
}

# takes CA CERT KEY [REASON...]: the document is accepted; the reasons go into Accept.
takes() {
    fields "$@" && ask "$WORK"/{ca,cert,key}.txt "${@:4}" && accepted
}

# takes_document [FILE]
takes_document() {
    ask "${1-$WORK/document.json}" && accepted
}

accepted() {
    equal "the result ($ANSWER)" "$RESULT" ok && matches "what write returned" "$VERDICT" '^[0-9]+$'
}

# repairs_are NAME:FIELD...: these and no others.
repairs_are() {
    equal "the list of repairs" "$REPAIRS" "$(sorted "$@")"
}

# warnings_are NAME:FIELD...: these and no others.
warnings_are() {
    equal "the list of warnings ($ANSWER)" "$WARNINGS" "$(sorted "$@")"
}

sorted() {
    printf '%s\n' "$@" | LC_ALL=C sort | paste -sd' '
}

# warns NAME PATTERN: the warning is there, and its sentence helps.
warns() {
    local sentence
    # shellcheck disable=SC2016 # for jq
    sentence=$(jq -r --arg name "$1" '.warnings[] | select(.name == $name) | .message' <<<"$ANSWER")
    is_sentence "$sentence" && matches "the sentence of $1" "$sentence" "$2"
}

# waived_are REASON...: in the answer and in status.
waived_are() {
    equal "waived in the answer" "$WAIVED" "$(sorted "$@")" && equal "waived in status" "$STATUS_WAIVED" "$(sorted "$@")"
}

# At most 120 printable ASCII characters, and not cut off.
is_sentence() {
    [[ $1 != *... ]] || { fail "this sentence lost its end: '$1'"; return 1; }
    [[ $1 =~ ^[\ -~]{1,120}$ ]] || fail "this is no sentence of 1 to 120 printable characters: '$1'"
}

# The table of the contract: reason, wire name, errno on control.
declare -gA FAULT ERRNO
while read -r reason fault errno; do
    FAULT[$reason]=$fault ERRNO[$reason]=$errno
done <<'END'
malformed_json   InvalidParameterValueException  EBADMSG
missing_field    InvalidParameterValueException  EBADMSG
unknown_field    InvalidParameterValueException  EBADMSG
duplicate_field  InvalidParameterValueException  EBADMSG
wrong_type       InvalidParameterValueException  EBADMSG
too_large        InvalidParameterValueException  EFBIG
unsupported      InvalidParameterValueException  EBADMSG
malformed_pem    InvalidCertificateFault         EBADMSG
wrong_block      InvalidCertificateFault         EBADMSG
encrypted_key    InvalidCertificateFault         EKEYREJECTED
key_mismatch     InvalidCertificateFault         EKEYREJECTED
handshake_failed InvalidCertificateFault         EKEYREJECTED
untrusted_chain  InvalidCertificateFault         EKEYREJECTED
not_a_ca         InvalidCertificateFault         EKEYREJECTED
same_name        InvalidCertificateFault         EKEYREJECTED
expired          InvalidCertificateFault         EKEYEXPIRED
not_yet_valid    InvalidCertificateFault         EKEYREJECTED
weak_key         InvalidCertificateFault         EKEYREJECTED
weak_signature   InvalidCertificateFault         EKEYREJECTED
wrong_purpose    InvalidCertificateFault         EKEYREJECTED
too_costly       InvalidCertificateFault         EKEYREJECTED
judge_failed     InternalFailure                 EIO
not_found        ResourceNotFoundFault           ENOENT
END
unset reason fault errno

# refuses REASON FIELD PATTERN CA CERT KEY [REASON...]: and nothing of what is served changes.
refuses() {
    fields "${@:4}" && ask "$WORK"/{ca,cert,key}.txt "${@:7}" && refused "${@:1:3}"
}

# refuses_document REASON FIELD PATTERN [FILE]
refuses_document() {
    ask "${4-$WORK/document.json}" && refused "${@:1:3}"
}

# refused REASON FIELD PATTERN: in the return value of write, in the answer, in `last` and in `status`.
refused() {
    equal "the result ($ANSWER)" "$RESULT" "refused $1 in $2 as ${FAULT[$1]}" &&
        equal "what write returned" "$VERDICT" "${ERRNO[$1]}" &&
        is_sentence "$SENTENCE" && matches "the sentence" "$SENTENCE" "$3" &&
        equal last "$LAST" "$SENTENCE" && equal "the last request" "$LAST_REQUEST" "refused $1 $2 $SENTENCE" &&
        equal "what is served" "$SERVED" "the same"
}

# serves_texts CA CERT KEY: the three files hold these, byte for byte.
serves_texts() {
    same "$MNT/ca.pem" <(texts "$1") && same "$MNT/cert.pem" <(texts "$2") && same "$MNT/key.pem" <(texts "$3")
}
