#!/usr/bin/env bats
# The layering check rejects what it is there to reject: each test plants one violation in a copy of the tree.

setup() {
    root=$BATS_TEST_DIRNAME/..
    tree=$BATS_TEST_TMPDIR/tree
    mkdir -p "$tree/build/gcc"
    cp -r "$root/core" "$root/fs" "$root/scripts" "$tree"
    cp -r "$root/build/gcc/core" "$root/build/gcc/fs" "$tree/build/gcc"
    check=$tree/scripts/check-layers
}

# Adds a line to a file of the copy, behind what it has.
plant() {
    printf '%s\n' "$2" >>"$tree/$1"
}

# Compiles a file of the copy again, with what was planted.
build() {
    (cd "$tree" && gcc -I. -D_GNU_SOURCE -std=gnu11 -w -c -o "build/gcc/${1%.c}.o" "$1")
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

@test "the drawings in the READMEs are those of the link graph" {
    local house
    for house in core fs; do
        "$check" draw "$house" >"$BATS_TEST_TMPDIR/drawing"
        sed -n '/^[0-9]  [a-z\/]/p' "$root/$house/README.md" | diff -u - "$BATS_TEST_TMPDIR/drawing"
    done
}

@test "an include of a higher folder is rejected" {
    plant core/base/buf.c '#include "core/json/json.h"'
    rejected 'includes core/json/json.h: core/base may not use core/json'
}

@test "an upward include in a header is rejected, however it is spaced" {
    plant core/base/fault.h $' #\tinclude   "core/pem/pem.h"'
    rejected 'core/base may not use core/pem'
}

@test "a function, a macro, a constant or a type of a header that is not included is rejected" {
    plant core/base/budget.c 'void *planted(void) { return stamp_take; }'
    plant core/base/stamp.c 'void planted(void) { CLEANUP(buf_done) struct buf buf = {0}; }'
    plant core/base/directory.h 'int planted(const struct span *one, struct span another);'
    rejected 'core/base/budget.c: names stamp_take and does not include core/base/stamp.h'
    rejected 'core/base/stamp.c: names buf and does not include core/base/buf.h'
    rejected 'core/base/directory.h: names span and does not include core/base/buf.h'
}

@test "an include of which nothing is named is rejected" {
    plant core/base/stamp.c '#include "core/base/budget.h"'
    rejected 'core/base/stamp.c: includes core/base/budget.h and names nothing of it'
}

@test "a header that another one hands on need not be included" {
    plant core/base/stamp.c '#include "core/base/buf.h"'
    plant core/base/stamp.c 'void planted(void) { CLEANUP(buf_done) struct buf buf = {0}; }'
    run "$check"
    [[ "$output" != *core/base/stamp.c* ]]
}

@test "a symbol of a higher folder is rejected although nothing of it is included" {
    plant core/base/stamp.c 'extern int pem_parse(void); int planted(void); int planted(void) { return pem_parse(); }'
    build core/base/stamp.c
    rejected 'links pem_parse of core/pem/pem.c: core/base may not use core/pem'
}

@test "a symbol of X.509 in the store is rejected" {
    plant core/store/filename.c 'extern int cert_list_parse(void); int planted(void); int planted(void) { return cert_list_parse(); }'
    build core/store/filename.c
    rejected 'core/store may not use core/x509'
}

@test "a folder below, which is not among those that the rules name, is rejected" {
    plant core/store/kek.c '#include "core/pem/pem.h"'
    rejected 'core/store may not use core/pem'
}

@test "files of one folder that use each other are rejected" {
    plant core/json/grammar.h '#include "core/json/frame.h"'
    rejected 'these use each other'
}

@test "a rule that lets a folder use a higher one is rejected" {
    sed -i 's|^folder core/json .*|& core/action|' "$tree/scripts/layers"
    rejected 'core/json may only use what stands above it, and core/action does not'
}

@test "an exception that is no longer used is rejected" {
    plant scripts/layers 'except core/store/kek core/json'
    rejected 'the exception for core/store/kek and core/json is of no use any more'
}

@test "cJSON outside of its module is rejected" {
    plant core/request/request.c '#include <cjson/cJSON.h>'
    rejected '<cjson/cJSON.h> has no business in core/request/request'
}

@test "OpenSSL in a module that needs none is rejected" {
    plant core/json/frame.c '#include <openssl/x509.h>'
    rejected '<openssl/x509.h> has no business in core/json/frame'
}

@test "more of OpenSSL than the rules name is rejected" {
    plant core/base/buf.c '#include <openssl/evp.h>'
    rejected '<openssl/evp.h> has no business in core/base/buf'
}

@test "all of OpenSSL by way of ossl.h is rejected where no rule names it" {
    plant core/registry/registry.c '#include "core/base/ossl.h"'
    rejected '<core/base/ossl.h> has no business in core/registry/registry'
}

@test "FUSE in core is rejected" {
    plant core/base/buf.c '#include <fuse_lowlevel.h>'
    rejected '<fuse_lowlevel.h> has no business in core/base/buf'
}

@test "FUSE in a module of fs that has no business with it is rejected" {
    plant fs/host/channel.h '#include <fuse_lowlevel.h>'
    rejected '<fuse_lowlevel.h> has no business in fs/host/channel'
}

@test "a foreign header in quotes is rejected as well" {
    plant core/json/frame.c '#include "cjson/cJSON.h"'
    rejected '<cjson/cJSON.h> has no business in core/json/frame'
}

@test "core including fs is rejected" {
    plant core/request/request.c '#include "fs/options/options.h"'
    rejected 'core/request may not use fs/options'
}

@test "fs including what it may not of core is rejected" {
    plant fs/options/options.h '#include "core/x509/private_key.h"'
    rejected 'fs/options may not use core/x509'
}

@test "a file in a folder that the rules do not have is rejected" {
    mkdir "$tree/core/attic"
    plant core/attic/attic.h 'int attic(void);'
    rejected 'core/attic/attic.h: is in no folder'
}

@test "an include of what is no file is rejected" {
    plant core/base/buf.c '#include "attic.h"'
    rejected 'attic.h is no file of core or fs'
}

@test "a folder of the rules that has no file is rejected" {
    plant scripts/layers 'folder core/cellar core/base'
    rejected 'there is nothing in core/cellar'
}

@test "a permission for a module that is gone is rejected" {
    plant scripts/layers 'foreign core/base/cellar openssl/evp.h'
    rejected 'there is no core/base/cellar'
}

@test "a source file that does not include its own header first is rejected" {
    sed -i '1i #include <stdlib.h>' "$tree/core/base/buf.c"
    rejected 'is not its own header'
}

@test "a tree that is not built is refused" {
    rm "$tree/build/gcc/core/base/buf.o"
    rejected 'core/base/buf.c is not built: make'
}

@test "the registry's own header in another module is rejected" {
    plant core/action/execute.c '#include "core/registry/registry_state.h"'
    rejected '<core/registry/registry_state.h> has no business in core/action/execute'
}
