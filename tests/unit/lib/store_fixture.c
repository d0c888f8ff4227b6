#include "tests/unit/lib/store_fixture.h"

#include <errno.h>

#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"

struct stored stored;

void stored_reopen(void)
{
    struct fault f = {0};
    dir_store_freep(&stored.store);
    law_expect(dir_store_open(folder_again(stored.folder), false, &stored.store, &f), &f, REASON_NONE);
}

void stored_setup(void)
{
    stored = (struct stored){.folder = folder_make()};
    folder_record("", stored.name);
    stored_reopen();
}

void stored_teardown(void)
{
    dir_store_freep(&stored.store);
    folder_remove(stored.folder);
}

int stored_put(const char *record, struct fault *f)
{
    int result = dir_store_put(stored.store, stored.name, span_of(record), 0, f);
    law_check(result, f, (struct span){NULL, 0});
    return result;
}

enum store_removed stored_remove(void)
{
    enum store_removed result = DIR_STORE_REMOVED_NOTHING;
    struct fault f = {0};
    law_expect(dir_store_remove(stored.store, stored.name, &result, &f), &f, REASON_NONE);
    return result;
}

void stored_expect(const char *record)
{
    CLEANUP(buf_done) struct buf found = {0};
    struct fault f = {0};
    int result = dir_store_get(stored.store, stored.name, &found, &f);
    law_check(result, &f, (struct span){NULL, 0});
    if (record == NULL) {
        assert_int_equal(result, -1);
        assert_int_equal(f.os_errno, ENOENT);
    } else {
        assert_int_equal(result, 0);
        expect_text(&found, record);
    }
}
