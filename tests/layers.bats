#!/usr/bin/env bats
# The layering check rejects what it is there to reject: each test plants one violation in a copy of the tree.

setup() {
    tree=$BATS_TEST_TMPDIR/tree
    mkdir "$tree"
    cp -r "$BATS_TEST_DIRNAME/../core" "$BATS_TEST_DIRNAME/../fs" "$BATS_TEST_DIRNAME/../scripts" "$tree"
    check=$tree/scripts/check-layers
}

# Adds an include to a file of the copy, behind the includes that it has.
plant() {
    printf '%s\n' "$2" >>"$tree/$1"
}

rejected() {
    run "$check"
    echo "$output"
    [ "$status" -ne 0 ]
    [[ "$output" == *"$1"* ]]
}

@test "the tree as it is is accepted" {
    run "$check"
    echo "$output"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

@test "an include of a higher floor is rejected" {
    plant core/buf.c '#include "core/json.h"'
    rejected 'core/json.h is on floor'
}

@test "an include of the same floor is rejected" {
    sed -i 's|^room core/grammar .*|room core/grammar 2|; s|^room core/buf  *[0-9]*|room core/buf 2|' "$tree/scripts/rooms"
    plant core/grammar.c '#include "core/buf.h"'
    rejected 'core/buf.h is on floor 2, not below floor 2 of core/grammar'
}

@test "an upward include in a header is rejected, however it is spaced" {
    plant core/fault.h $' #\tinclude   "core/buf.h"'
    rejected 'core/buf.h is on floor'
}

@test "cJSON outside of the json room is rejected" {
    plant core/request.c '#include <cjson/cJSON.h>'
    rejected '<cjson/cJSON.h> has no business in core/request'
}

@test "OpenSSL in a room that needs none is rejected" {
    plant core/frame.c '#include <openssl/x509.h>'
    rejected '<openssl/x509.h> has no business in core/frame'
}

@test "more of OpenSSL than the drawing names is rejected" {
    plant core/buf.c '#include <openssl/evp.h>'
    rejected '<openssl/evp.h> has no business in core/buf'
}

@test "FUSE in core is rejected" {
    plant core/buf.c '#include <fuse_lowlevel.h>'
    rejected '<fuse_lowlevel.h> has no business in core/buf'
}

@test "FUSE in a room of fs that has no business with it is rejected" {
    plant fs/link.h '#include <fuse_lowlevel.h>'
    rejected '<fuse_lowlevel.h> has no business in fs/link'
}

@test "a foreign header in quotes is rejected as well" {
    plant core/frame.c '#include "cjson/cJSON.h"'
    rejected '<cjson/cJSON.h> has no business in core/frame'
}

@test "core including fs is rejected" {
    plant core/request.c '#include "fs/options.h"'
    rejected 'core knows nothing of fs'
}

@test "fs including what is no door of core is rejected" {
    plant fs/options.h '#include "core/grammar.h"'
    rejected 'core/grammar is no door of core for fs'
}

@test "a room that is not in the drawing is rejected" {
    plant core/attic.c 'int attic(void);'
    rejected 'core/attic is not in the drawing'
}

@test "an include of a room that is not in the drawing is rejected" {
    plant core/buf.c '#include "attic.h"'
    rejected 'attic.h is of no room'
}

@test "a room of the drawing that nobody built is rejected" {
    plant scripts/rooms 'room core/cellar 1'
    rejected 'the drawing has core/cellar'
}

@test "a source file that does not include its own header first is rejected" {
    sed -i '1i #include <stdlib.h>' "$tree/core/buf.c"
    rejected 'is not its own header'
}

@test "all of OpenSSL by way of ossl.h is rejected where it is not drawn" {
    plant core/vault.c '#include "core/ossl.h"'
    rejected '<core/ossl.h> has no business in core/vault'
}
