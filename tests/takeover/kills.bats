#!/usr/bin/env bats
# The worker dies again and again, at random moments and at points of its own code, beside readers, writers and pollers:
# no request fails, hangs or is carried out twice, and no set is mixed (stress.py). tests/takeover/kill-1000 is the long form.

load ../lib/certfs.bash
load ../store/store.bash
load takeover.bash

setup_file() {
    takeover_begin
}

test_setup() {
    store_begin
}

# With TAKEOVER_LONG: 1,000 kills, 50 at each point, and 1,000,000 opens.
how_often() {
    if [ -n "${TAKEOVER_LONG-}" ]; then
        echo --random 196 --crashes 4 --points 50 --opens 1000000
    else
        echo --random 8 --crashes 2 --points 1
    fi
}

@test "no request fails, hangs or is done twice, and no set is mixed, whenever the worker dies" {
    # shellcheck disable=SC2046 # several words
    stress $(how_often) ${TAKEOVER_SEED:+--seed "$TAKEOVER_SEED"}
}

@test "the same on a kernel that cannot send requests again, as Linux 6.1" {
    export CERTFS_TEST_LACKS=resend
    # shellcheck disable=SC2046 # several words
    stress $(how_often) ${TAKEOVER_SEED:+--seed "$TAKEOVER_SEED"}
}

@test "the same with the STORE none, which the worker loses and its successor has again" {
    # shellcheck disable=SC2046 # several words
    stress --store none $(how_often) ${TAKEOVER_SEED:+--seed "$TAKEOVER_SEED"}
}
