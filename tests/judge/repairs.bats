#!/usr/bin/env bats
# Every repair of the contract: the damage in one field, the repair in the answer, and the very bytes in the files that
# the undamaged set gives. The undamaged set itself reports nothing.

bats_require_minimum_version 1.5.0

load judge.bash

setup_file() {
    judge_begin
    certificate root as=ca kind=rsa:2048
    certificate second-root as=ca
    certificate upper as=ca issuer=root
    certificate lower as=ca issuer=upper
    certificate leaf issuer=lower kind=rsa:2048
    certificate ec issuer=lower
    certificate pinned as=none +basicConstraints=critical,CA:TRUE kind=rsa:2048
    # Two roots of one name, and a leaf that does not identify its own: their order decides.
    certificate twin as=ca "subject=/CN=twin CA"
    certificate true-twin as=ca "subject=/CN=twin CA"
    certificate twins-leaf issuer=true-twin -authorityKeyIdentifier
    as_pkcs1 leaf
    as_pkcs1 pinned
}

teardown_file() {
    judge_end
}

# as_pkcs1 NAME: what certfs serves of RSA keys is PKCS#1, so undamaged ones are that already.
as_pkcs1() {
    _openssl rsa -in "$PKI/$1-key.pem" -traditional -out "$PKI/$1.pkcs1" && mv "$PKI/$1.pkcs1" "$PKI/$1-key.pem"
}

# The undamaged set: two roots, a chain of three, a key. Some tests have their own.
CA=root+second-root
CERT=leaf+lower+upper
KEY=leaf-key

# undamaged: the set is served as it is, and nothing is reported about it.
undamaged() {
    takes "$CA" "$CERT" "$KEY" && repairs_are && serves_texts "$CA" "$CERT" "$KEY"
}

# repaired CA CERT KEY NAME:FIELD...: these repairs, and the files of the undamaged set.
repaired() {
    remove_material && takes "${@:1:3}" && repairs_are "${@:4}" && serves_texts "$CA" "$CERT" "$KEY"
}

# mends NAMES DAMAGE [FIELD...]: the filter DAMAGE on each field in turn; NAMES are the repairs, joined by '+'.
mends() {
    local field names damage=$2
    IFS=+ read -r -a names <<<"$1"
    shift 2
    [ $# -gt 0 ] || set -- ssl_ca ssl_cert ssl_key
    undamaged || return
    for field; do
        damage "$field" "$damage" || return
        repaired "$WORK/ssl_ca" "$WORK/ssl_cert" "$WORK/ssl_key" "${names[@]/%/:$field}" || return
    done
}

# damage FIELD FILTER: the three fields as files, this one through the filter; it must make a difference.
damage() {
    texts "$CA" >"$WORK/ssl_ca"
    texts "$CERT" >"$WORK/ssl_cert"
    texts "$KEY" >"$WORK/ssl_key"
    "$2" <"$WORK/$1" >"$WORK/damaged" || return
    ! cmp -s "$WORK/damaged" "$WORK/$1" || { fail "$2 does no damage to $1"; return 1; }
    mv "$WORK/damaged" "$WORK/$1"
}

# ---- damages

crlf() { sed 's/$/\r/'; }
cr() { tr '\n' '\r'; }
mixed_ends() { sed '2~2s/$/\r/'; }
byte_order_mark() { printf '\xEF\xBB\xBF'; cat; }
indented() { sed 's/^/    /'; }
tabs_in_front() { sed 's/^/\t/'; }
trailing_blanks() { sed 's/$/  /'; }
inner_blanks() { sed -E '/^-/!s/^(.{20})/\1 /'; }
blank_lines_within() { sed '/^-----BEGIN/G'; }
blank_lines_everywhere() { sed G; }
spaces_for_breaks() { tr '\n' ' ' | sed 's/ $//'; }
escaped_breaks() { sed 's/$/\\n/' | tr -d '\n'; }
escaped_crlf() { sed 's/$/\\r\\n/' | tr -d '\n'; }
escaped_and_real() { sed 's/$/\\n/'; }
rewrapped() { awk -v width="$1" '/^-/ { flush(); print; next } { body = body $0 } END { flush() }
    function flush() { while (body != "") { print substr(body, 1, width); body = substr(body, width + 1) } }'; }
width_60() { rewrapped 60; }
width_72() { rewrapped 72; }
width_76() { rewrapped 76; }
width_80() { rewrapped 80; }
width_1() { rewrapped 1; }
one_long_line() { rewrapped 100000; }
no_final_newline() { head -c -1; }
text_before() { printf 'From: the security team\nHere it is (valid until May):\n\n'; cat; }
text_behind() { cat; printf '\nRegards, the security team\n'; }
text_between() { sed 's/^-----END.*/&\n# what comes next\n/'; }
bag_attributes() { sed 's/^-----BEGIN/Bag Attributes\n    friendlyName: database\n    localKeyID: 01 02 03\nKey Attributes: <No Attributes>\n&/'; }
glued() { awk '/^-----END/ { printf "%s", $0; next } { print }' && echo; }

@test "CRLF line ends" { mends line_endings crlf; }
@test "CR line ends" { mends line_endings cr; }
@test "line ends of both kinds" { mends line_endings mixed_ends; }
@test "a byte-order mark" { mends byte_order_mark byte_order_mark; }
@test "indentation by blanks" { mends blanks indented; }
@test "indentation by tabs" { mends blanks tabs_in_front; }
@test "blanks at the ends of lines" { mends blanks trailing_blanks; }
@test "blanks within lines" { mends blanks inner_blanks; }
@test "a blank line behind BEGIN" { mends blank_lines blank_lines_within; }
@test "a blank line behind every line" { mends blank_lines blank_lines_everywhere; }
@test "a blank for every line break" { mends spaces_for_line_breaks+final_newline spaces_for_breaks; }
@test "a literal backslash and n for every line break" { mends escaped_line_breaks escaped_breaks; }
@test "literal \\r\\n for every line break" { mends escaped_line_breaks escaped_crlf; }
@test "literal \\n before the true line breaks" { mends escaped_line_breaks+blank_lines escaped_and_real; }
@test "lines of 60 columns" { mends line_width width_60; }
@test "lines of 72 columns, as in AWS's sample" { mends line_width width_72; }
@test "lines of 76 columns" { mends line_width width_76; }
@test "lines of 80 columns, as in AWS's sample" { mends line_width width_80; }
@test "lines of one column" { mends line_width width_1; }
@test "one long line" { mends line_width one_long_line; }
@test "no final newline" { mends final_newline no_final_newline; }
@test "text before the first block" { mends text_around text_before; }
@test "text behind the last block" { mends text_around text_behind; }
@test "bag attributes, as openssl pkcs12 prints them" { mends text_around bag_attributes; }
@test "the output of openssl x509 -text before the block" {
    CERT=leaf+lower+upper
    undamaged
    openssl x509 -text -in "$PKI/leaf.pem" >"$WORK/text"
    repaired "$CA" "$WORK/text+lower+upper" "$KEY" text_around:ssl_cert
    openssl rsa -text -traditional -in "$PKI/leaf-key.pem" >"$WORK/text" 2>/dev/null
    repaired "$CA" "$CERT" "$WORK/text" text_around:ssl_key
}
@test "remarks between the blocks" { mends text_around text_between ssl_ca ssl_cert; }
@test "blocks glued together, END to BEGIN in one line" { mends glued_blocks glued ssl_ca ssl_cert; }

@test "EC PARAMETERS before an EC key, which may be SEC 1 or PKCS#8" {
    CERT=ec+lower+upper KEY=ec-key
    undamaged
    openssl ecparam -name P-256 -out "$WORK/parameters"
    openssl pkey -in "$PKI/ec-key.pem" -traditional -out "$WORK/sec1"
    repaired "$CA" "$CERT" "$WORK/parameters+ec-key" ec_parameters:ssl_key
    repaired "$CA" "$CERT" "$WORK/parameters+$WORK/sec1" ec_parameters:ssl_key
    repaired "$CA" "$CERT" "$WORK/sec1"
}

@test "a PKCS#8 RSA key becomes PKCS#1, which is the form of what is served and no repair" {
    undamaged
    openssl pkey -in "$PKI/leaf-key.pem" -out "$WORK/pkcs8"
    head -n 1 "$WORK/pkcs8" | grep -x -- '-----BEGIN PRIVATE KEY-----'
    repaired "$CA" "$CERT" "$WORK/pkcs8"
}

@test "a chain in any other order" {
    undamaged
    repaired "$CA" lower+leaf+upper "$KEY" chain_order:ssl_cert
    repaired "$CA" upper+lower+leaf "$KEY" chain_order:ssl_cert
    repaired "$CA" leaf+upper+lower "$KEY" chain_order:ssl_cert
}

@test "a certificate given twice" {
    undamaged
    repaired "$CA" leaf+leaf+lower+upper "$KEY" duplicate_certificate:ssl_cert
    repaired "$CA" leaf+lower+upper+lower+upper "$KEY" duplicate_certificate:ssl_cert
    repaired root+root+second-root "$CERT" "$KEY" duplicate_certificate:ssl_ca
    repaired root+second-root+root "$CERT" "$KEY" duplicate_certificate:ssl_ca
}

@test "the root repeated in the chain" {
    undamaged
    repaired "$CA" leaf+lower+upper+root "$KEY" root_in_chain:ssl_cert
    repaired "$CA" leaf+lower+upper+second-root "$KEY" root_in_chain:ssl_cert
    repaired "$CA" root+upper+lower+leaf "$KEY" chain_order:ssl_cert root_in_chain:ssl_cert
}

@test "a pinned certificate is no root in its own chain" {
    CA=pinned CERT=pinned KEY=pinned-key
    undamaged
}

@test "anchors of one name, the wrong one first" {
    CA=true-twin+twin CERT=twins-leaf KEY=twins-leaf-key
    undamaged
    run ! openssl verify -no-CApath -no-CAfile -no-CAstore -CAfile <(texts twin+true-twin) "$PKI/twins-leaf.pem"
    repaired twin+true-twin "$CERT" "$KEY" anchor_order:ssl_ca
    openssl verify -no-CApath -no-CAstore -CAfile "$MNT/ca.pem" "$MNT/cert.pem"
}

@test "anchors of one name and others around them: the order of the others stays" {
    CA=root+true-twin+twin+second-root CERT=twins-leaf KEY=twins-leaf-key
    undamaged
    repaired root+twin+true-twin+second-root "$CERT" "$KEY" anchor_order:ssl_ca
    CA=true-twin+twin+root
    repaired twin+root+true-twin "$CERT" "$KEY" anchor_order:ssl_ca
}

@test "anchors of one name and a leaf that identifies its own: any order is right" {
    certificate clear-leaf issuer=true-twin
    CA=twin+true-twin CERT=clear-leaf KEY=clear-leaf-key
    undamaged
}

everything() { bag_attributes | trailing_blanks | crlf; }

@test "several damages in several fields, each reported with its field" {
    undamaged
    texts root+second-root+root | escaped_breaks >"$WORK/damaged-ca"
    texts upper+leaf+lower+root+lower | everything | byte_order_mark >"$WORK/damaged-cert"
    texts "$KEY" | width_76 | indented | no_final_newline >"$WORK/damaged-key"
    repaired "$WORK/damaged-ca" "$WORK/damaged-cert" "$WORK/damaged-key" \
        {escaped_line_breaks,duplicate_certificate}:ssl_ca \
        {line_endings,text_around,blanks,byte_order_mark,duplicate_certificate,root_in_chain,chain_order}:ssl_cert \
        {line_width,blanks,final_newline}:ssl_key
}

@test "the other way round: no damage means no repair, whatever the kind of key" {
    local kind
    for kind in ec leaf; do
        CERT=$kind+lower+upper KEY=$kind-key
        remove_material
        undamaged
    done
}
