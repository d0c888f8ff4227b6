/*
 * program: main of the unit programs. One program holds the tests of a folder; it runs those of one file, whose name it
 * is called by (the Makefile makes links), so that no file's process state is met by another.
 *
 *     test_buf [PART OF A TEST'S NAME]...
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/harness.h"

enum { TESTS_MAX = 128 }; /* of one file */

static struct listed_test *tests; /* by their lines */
static struct listed_fixture *each, *all;
static const char *program;

void list_test(struct listed_test *test)
{
    struct listed_test **place = &tests;
    while (*place != NULL && (*place)->line < test->line)
        place = &(*place)->next;
    test->next = *place;
    *place = test;
}

void list_each_test(struct listed_fixture *fixture)
{
    fixture->next = each;
    each = fixture;
}

void list_all_tests(struct listed_fixture *fixture)
{
    fixture->next = all;
    all = fixture;
}

/* Whether it is the file that the program is called by. */
static bool is_asked_for(const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *base = slash == NULL ? file : slash + 1;
    size_t length = strlen(program);
    return strncmp(base, program, length) == 0 && strcmp(base + length, ".c") == 0;
}

/* An empty fixture where the file has none. */
static const struct listed_fixture *find_fixture(const struct listed_fixture *fixture)
{
    static const struct listed_fixture none;
    while (fixture != NULL && !is_asked_for(fixture->file))
        fixture = fixture->next;
    return fixture == NULL ? &none : fixture;
}

static bool has_name(const struct listed_test *test, char *const parts[])
{
    bool has = *parts == NULL;
    for (; *parts != NULL && !has; parts++)
        has = strstr(test->name, *parts) != NULL;
    return has;
}

static void run(void **state)
{
    const struct listed_test *test = *state;
    void (*before)(void) = test->before != NULL ? test->before : find_fixture(each)->before;
    if (before != NULL)
        before();
    test->run();
}

static int end(void **state)
{
    const struct listed_test *test = *state;
    void (*after)(void) = test->after != NULL ? test->after : find_fixture(each)->after;
    if (after != NULL)
        after();
    return 0;
}

static int begin_all(void **state)
{
    (void)state;
    if (find_fixture(all)->before != NULL)
        find_fixture(all)->before();
    return 0;
}

static int end_all(void **state)
{
    (void)state;
    if (find_fixture(all)->after != NULL)
        find_fixture(all)->after();
    return 0;
}

int main(int argc, char **argv)
{
    static struct CMUnitTest chosen[TESTS_MAX];
    size_t count = 0;
    program = program_invocation_short_name;
    for (struct listed_test *test = tests; test != NULL && argc > 0; test = test->next) {
        if (!is_asked_for(test->file) || !has_name(test, argv + 1))
            continue;
        if (count == TESTS_MAX)
            abort();
        chosen[count++] = (struct CMUnitTest){test->name, run, NULL, end, test};
    }
    if (count > 0)
        return _cmocka_run_group_tests(program, chosen, count, begin_all, end_all);
    fprintf(stderr, "%s: no such test; the program is called by the name of the file of the tests\n", program);
    return 2;
}
