#include "fs/host/test_hooks.h"

#ifdef CERTFS_TEST_HOOKS

#include <stdlib.h>
#include <string.h>

#include "fs/host/clock.h"

int64_t test_hooks_time(const char *variable, int64_t otherwise)
{
    const char *text = getenv(variable);
    return text == NULL ? otherwise : strtol(text, NULL, 10);
}

static void test_hooks_hold(const char *variable)
{
    const struct timespec time = clock_timespec(test_hooks_time(variable, 0));
    nanosleep(&time, NULL);
}

void test_hooks_hold_import(void)
{
    test_hooks_hold("CERTFS_TEST_HOLD_MS");
}

void test_hooks_hold_commit(void)
{
    test_hooks_hold("CERTFS_TEST_COMMIT_MS");
}

void test_hooks_hold_notice(uint64_t set)
{
    if (test_hooks_time("CERTFS_TEST_NOTICE_SET", 0) == (int64_t)set)
        test_hooks_hold("CERTFS_TEST_NOTICE_MS");
}

void test_hooks_hold_trial(void)
{
    test_hooks_hold("CERTFS_TEST_TRIAL_HOLD_MS");
}

void test_hooks_hang(uint32_t operation)
{
    while (test_hooks_time("CERTFS_TEST_HANG", -1) == (int64_t)operation)
        nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
}

bool test_hooks_lacks(const char *layer)
{
    size_t length = strlen(layer), word;
    const char *at = getenv("CERTFS_TEST_LACKS");
    for (; at != NULL && *at != '\0'; at += word + strspn(at + word, ",")) {
        word = strcspn(at, ",");
        if (word == length && memcmp(at, layer, length) == 0)
            return true;
    }
    return false;
}

#else

int64_t test_hooks_time(const char *variable, int64_t otherwise)
{
    (void)variable;
    return otherwise;
}

void test_hooks_hold_import(void)
{
}

void test_hooks_hold_commit(void)
{
}

void test_hooks_hold_notice(uint64_t set)
{
    (void)set;
}

void test_hooks_hold_trial(void)
{
}

void test_hooks_hang(uint32_t operation)
{
    (void)operation;
}

bool test_hooks_lacks(const char *layer)
{
    (void)layer;
    return false;
}

#endif
