#include "tests/unit/lib/requests_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fault.h"
#include "tests/unit/lib/harness.h"

static void begin_worker(struct requests_fixture *fixture)
{
    struct fault f = {.reason = REASON_NONE};
    assert_int_equal(requests_new(fixture->memory, SLOTS_SIZE, &fixture->requests, &f), 0);
}

struct requests_fixture new_requests_fixture(void)
{
    struct requests_fixture fixture = {.memory = calloc(1, SLOTS_SIZE)};
    assert_non_null(fixture.memory);
    begin_worker(&fixture);
    requests_inherit(fixture.requests, 1);
    return fixture;
}

void requests_fixture_done(struct requests_fixture *fixture)
{
    requests_freep(&fixture->requests);
    free(fixture->memory);
}

void take_over_requests(struct requests_fixture *fixture, uint32_t number)
{
    requests_freep(&fixture->requests);
    begin_worker(fixture);
    requests_inherit(fixture->requests, number + 1);
}

struct incoming read_request(struct requests_fixture *fixture, uint32_t opcode, uint64_t unique, size_t length)
{
    size_t size;
    unsigned char *bytes = requests_next(fixture->requests, &size);
    const struct fuse_in_header header = {.len = (uint32_t)length, .opcode = opcode, .unique = unique};
    assert_true(length <= size);
    for (size_t i = 0; i < length; i++)
        assert_int_equal(bytes[i], 0);
    memset(bytes, (int)(unique & 0xff), length);
    memcpy(bytes, &header, sizeof(header));
    return requests_begin(fixture->requests, length);
}

void read_and_defer(struct requests_fixture *fixture, uint64_t unique, size_t length)
{
    read_request(fixture, FUSE_WRITE, unique, length);
    requests_end(fixture->requests);
}

size_t count_bytes(const struct requests_fixture *fixture, uint64_t unique)
{
    size_t count = 0;
    for (size_t i = 0; i < SLOTS_COUNT; i++) {
        const unsigned char *bytes = (const unsigned char *)slots_at(fixture->memory, i);
        size_t size = slots_room(i) + offsetof(struct slot, request);
        for (size_t at = 0; at < size; at++)
            count += bytes[at] == (unique & 0xff);
    }
    return count;
}

size_t answer_all_again(struct requests_fixture *fixture, uint64_t ret[static SLOTS_COUNT])
{
    struct incoming request;
    size_t count = 0;
    while (requests_again(fixture->requests, &request)) {
        assert_true(request.again);
        assert_int_equal(((unsigned char *)request.bytes)[request.length - 1], request.unique & 0xff);
        requests_answered(fixture->requests, request.number);
        requests_end(fixture->requests);
        ret[count++] = request.unique;
    }
    return count;
}
