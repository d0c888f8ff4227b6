#!/usr/bin/env bats
# core/about/unicode_table.h is what scripts/make-unicode-table makes.

setup() {
    root=$BATS_TEST_DIRNAME/..
    table=$root/core/about/unicode_table.h
}

@test "the table of letters, separators and numbers is the one that python3 makes" {
    written=$(sed -n 's/.* characters of Unicode \([0-9.]*\) .*/\1/p' "$table")
    known=$(python3 -c 'import unicodedata; print(unicodedata.unidata_version)')
    [ -n "$written" ]
    [ "$written" = "$known" ] || skip "the table is of Unicode $written, but python3 here knows Unicode $known"
    "$root/scripts/make-unicode-table" | diff -u "$table" -
}
