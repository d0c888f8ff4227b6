#!/usr/bin/env bats
# RestorePrevious: one set back, and forth again.

bats_require_minimum_version 1.5.0

load judge.bash

setup_file() {
    judge_begin
    certificate root as=ca
    certificate first issuer=root
    certificate second issuer=root
    certificate third issuer=root
    certificate expired issuer=root from='90 days ago' until='1 day ago'
}

test_setup() {
    echo '{"Action": "RestorePrevious"}' >"$WORK/restore.json"
}

teardown_file() {
    judge_end
}

restores() {
    local before
    before=$(of_status .generation)
    takes_document "$WORK/restore.json" && serves_texts root "$1" "$1-key" || return
    equal "the answer" "$(jq -c '[.changed, .generation]' <<<"$ANSWER")" "[true,$((before + 1))]"
    equal "the subject in status" "$(of_status .material.subject)" "CN=$1,O=certfs tests of the judge"
    matches last "$LAST" "restored as generation $((before + 1)): CN=$1"
}

finds_nothing() {
    refuses_document not_found "" 'there is no previous set' "$WORK/restore.json"
}

@test "it swaps, and swaps back" {
    takes root first first-key
    takes root second second-key
    restores first
    restores second
    restores first
}

@test "it is the last set before, however many there were" {
    takes root first first-key
    takes root second second-key
    takes root third third-key
    restores second
    restores third
}

@test "there is none before the first set" {
    finds_nothing
}

@test "there is none behind the first set" {
    takes root first first-key
    finds_nothing
    serves_texts root first first-key
}

@test "there is none after a removal, and none behind the next set" {
    takes root first first-key
    takes root second second-key
    remove_material
    finds_nothing
    takes root third third-key
    finds_nothing
}

@test "an import that changes nothing does not count" {
    takes root first first-key
    takes root second second-key
    takes root second second-key
    equal changed "$(jq .changed <<<"$ANSWER")" false
    restores first
}

@test "a refused import does not count" {
    takes root first first-key
    takes root second second-key
    refuses key_mismatch ssl_key . root first second-key
    refuses expired ssl_cert . root expired expired-key
    restores first
}

@test "an import after it goes on from there" {
    takes root first first-key
    takes root second second-key
    restores first
    takes root third third-key
    restores first
    restores third
}

@test "a set that was taken with a waiver comes back with it" {
    takes root expired expired-key expired
    takes root second second-key
    waived_are
    restores expired
    equal "waived in status" "$STATUS_WAIVED" expired
}

@test "it takes Accept and no other members" {
    takes root first first-key
    takes root second second-key
    echo '{"Action": "RestorePrevious", "Accept": ["expired"], "Replace": true}' >"$WORK/more.json"
    refuses_document unknown_field Replace 'RestorePrevious takes no Replace' "$WORK/more.json"
    document root first first-key '.Action = "RestorePrevious"'
    refuses_document unknown_field ssl_ca 'RestorePrevious takes no ssl_ca'
    serves_texts root second second-key
    echo '{"Action": "RestorePrevious", "Accept": ["expired"]}' >"$WORK/more.json"
    ask "$WORK/more.json"
    accepted
    serves_texts root first first-key
}
