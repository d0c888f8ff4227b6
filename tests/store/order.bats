#!/usr/bin/env bats
# On disk first, visible second, acknowledged last: the system calls of an import in their order.

load ../lib/certfs.bash
load store.bash
load trace.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

test_setup() {
    trace_needed
    store_begin
}

CALLS=openat,write,pwrite64,fsync,fdatasync,linkat,rename,renameat,renameat2,unlinkat,writev

# steps: the calls of the trace as words: those on the record's files and its directory, and those to the kernel.
# A reply begins with its length and the error, a notification has a number above zero in place of the error. For
# threads that notify at the same time strace prints a call in two parts.
steps() {
    sed -nE -e "s#^[0-9]+ +##" \
        -e 's#^openat\(.*\.certfs-new", O_WRONLY.* = [0-9]+<.*#open#p' \
        -e 's#^p?write(64)?\([0-9]+<[^>]*\.certfs-new>.* = [0-9]+$#write#p' \
        -e 's#^f(data)?sync\([0-9]+<[^>]*\.certfs-new>.* = 0$#fsync#p' \
        -e "s#^f(data)?sync\([0-9]+<$STORE>.* = 0\$#fsync-directory#p" \
        -e 's#^linkat\(.*\.certfs-old".* = 0$#keep#p' \
        -e 's#^rename(at|at2)?\(.*\.certfs-new", .* = 0$#rename#p' \
        -e 's#^rename(at|at2)?\(.*\.certfs-gone".* = 0$#rename-away#p' \
        -e 's#^rename(at|at2)?\(.*"generation\.[0-9]+", .*"generation\.[0-9]+".* = 0$#mark#p' \
        -e 's#^openat\(.*"generation\.[0-9]+", O_WRONLY.* = [0-9]+<.*#mark#p' \
        -e 's#^unlinkat\(.*\.certfs-gone".* = 0$#unlink#p' \
        -e 's#^writev\([0-9]+</dev/fuse>, .*, iov_len=16\}, \{iov_base=.*, iov_len=8\}\], 2\) = 24$#reply#p' \
        -e 's#^writev\([0-9]+</dev/fuse>, .*, iov_len=16\}, \{iov_base=.*, iov_len=8\}\], 2 <unfinished .*#reply#p' \
        -e 's#^writev\([0-9]+</dev/fuse>,.*( = [0-9]+| <unfinished \.\.\.>)$#notify#p' "$TRACE" | uniq
}

# has_steps WHAT STEP...: exactly these; the tracer writes the last one down after its reader has gone on.
has_steps() {
    local what=$1
    shift
    eventually replied || true
    trace_end
    equal "$what" "$(steps | xargs)" "$*"
}

replied() {
    [ "$(steps | tail -n 1)" = reply ]
}

@test "write, fsync, the mark, rename, fsync of the directory, visible, reply" {
    serve
    trace_threads "importer notifier upkeep" "trace=$CALLS"
    import a
    has_steps "the first import" open write fsync mark rename fsync-directory notify reply
    trace_threads "importer notifier upkeep" "trace=$CALLS"
    import b
    has_steps "the second import" open write fsync keep mark rename fsync-directory notify reply
}

@test "the same for RestorePrevious" {
    serve
    import a
    import b
    trace_threads "importer notifier upkeep" "trace=$CALLS"
    restore_previous
    has_steps "the steps" open write fsync keep mark rename fsync-directory notify reply
}

@test "a removal: the mark, rename, fsync of the directory, unlink, visible, reply" {
    serve
    import a
    trace_threads "importer notifier upkeep" "trace=$CALLS"
    remove_material
    has_steps "the steps" mark rename-away fsync-directory unlink fsync-directory notify reply
}

@test "an import that changes nothing touches no file of the store" {
    serve
    import a
    trace_threads "importer notifier upkeep" "trace=$CALLS"
    import a
    has_steps "the steps" reply
}
