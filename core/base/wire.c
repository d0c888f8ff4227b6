#include "core/base/wire.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/base/utf8.h"

enum { NUMBER_SIZE = 8, FLAG_SIZE = 1 };

/* ---- writing ---- */

int wire_write_number(uint64_t number, struct buf *ret, struct fault *f)
{
    unsigned char bytes[NUMBER_SIZE];
    for (size_t i = NUMBER_SIZE; i-- > 0; number >>= 8)
        bytes[i] = (unsigned char)number;
    return buf_append(ret, (struct span){bytes, sizeof(bytes)}, f);
}

int wire_write_bytes(struct span bytes, struct buf *ret, struct fault *f)
{
    return wire_write_number(bytes.len, ret, f) == 0 ? buf_append(ret, bytes, f) : -1;
}

static int wire_write_flag(const void *source, struct buf *ret, struct fault *f)
{
    const unsigned char byte = *(const bool *)source ? 1 : 0;
    return buf_append(ret, (struct span){&byte, FLAG_SIZE}, f);
}

/* Times before 1970 are the highest numbers. */
static int wire_write_whole(const void *source, struct buf *ret, struct fault *f)
{
    uint64_t number;
    memcpy(&number, source, sizeof(number));
    return wire_write_number(number, ret, f);
}

static int wire_write_small(const void *source, struct buf *ret, struct fault *f)
{
    uint32_t number;
    memcpy(&number, source, sizeof(number));
    return wire_write_number(number, ret, f);
}

static int wire_write_text(const void *source, struct buf *ret, struct fault *f)
{
    return wire_write_bytes(span_of(source), ret, f);
}

static int wire_write_buf(const void *source, struct buf *ret, struct fault *f)
{
    return wire_write_bytes(buf_span(source), ret, f);
}

/* ---- reading ---- */

bool wire_is_refused(const struct wire_reader *reader)
{
    return reader->f->reason != REASON_NONE;
}

void wire_refuse(struct wire_reader *reader, const char *name, const char *flaw)
{
    fault_set(reader->f, REASON_JUDGE_FAILED, "", "%s cannot be used: %s %s", reader->what, name, flaw);
}

/* The next bytes; NULL where something is wrong. */
static const unsigned char *wire_take(struct wire_reader *reader, const char *name, size_t size)
{
    if (wire_is_refused(reader))
        return NULL;
    if (reader->rest.len < size) {
        wire_refuse(reader, name, "is cut off");
        return NULL;
    }
    const unsigned char *bytes = reader->rest.data;
    reader->rest = span_from(reader->rest, size);
    return bytes;
}

static uint64_t wire_take_number(struct wire_reader *reader, const char *name)
{
    uint64_t number = 0;
    const unsigned char *bytes = wire_take(reader, name, NUMBER_SIZE);
    for (size_t i = 0; i < NUMBER_SIZE && bytes != NULL; i++)
        number = number << 8 | bytes[i];
    return number;
}

static uint64_t wire_take_within(struct wire_reader *reader, const char *name, uint64_t min, uint64_t max)
{
    uint64_t number = wire_take_number(reader, name);
    if (number >= min && number <= max)
        return number;
    wire_refuse(reader, name, "is out of range");
    return 0;
}

uint64_t wire_read_number(struct wire_reader *reader, const char *name, uint64_t max)
{
    return wire_take_within(reader, name, 0, max);
}

static struct span wire_take_bytes(struct wire_reader *reader, const char *name, uint64_t min, uint64_t max)
{
    size_t len = (size_t)wire_take_within(reader, name, min, max);
    const unsigned char *bytes = wire_take(reader, name, len);
    return (struct span){bytes, bytes == NULL ? 0 : len};
}

struct span wire_read_bytes(struct wire_reader *reader, const char *name, size_t max)
{
    return wire_take_bytes(reader, name, 0, max);
}

static void wire_read_flag(struct wire_reader *reader, const struct wire_member *member, void *target)
{
    const unsigned char *byte = wire_take(reader, member->name, FLAG_SIZE);
    if (byte == NULL)
        return;
    if (*byte > 1)
        wire_refuse(reader, member->name, "is no flag");
    *(bool *)target = *byte == 1;
}

static void wire_read_whole(struct wire_reader *reader, const struct wire_member *member, void *target)
{
    uint64_t number = wire_take_within(reader, member->name, member->min, member->max);
    memcpy(target, &number, sizeof(number));
}

static void wire_read_small(struct wire_reader *reader, const struct wire_member *member, void *target)
{
    uint32_t number = (uint32_t)wire_take_within(reader, member->name, member->min, member->max);
    memcpy(target, &number, sizeof(number));
}

/* Adding the limit makes the earliest time 0. */
static void wire_read_time(struct wire_reader *reader, const struct wire_member *member, void *target)
{
    uint64_t number = wire_take_number(reader, member->name);
    if (number + (uint64_t)WIRE_TIME_MAX > 2 * (uint64_t)WIRE_TIME_MAX) {
        wire_refuse(reader, member->name, "is out of range");
        number = 0;
    }
    memcpy(target, &number, sizeof(number));
}

static void wire_read_text(struct wire_reader *reader, const struct wire_member *member, void *target)
{
    struct span text = wire_take_bytes(reader, member->name, member->min, member->max);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < ' ' || text.data[i] > '~') {
            wire_refuse(reader, member->name, "is not printable ASCII");
            return;
        }
    if (text.len > 0)
        memcpy(target, text.data, text.len);
    ((char *)target)[text.len] = '\0';
}

static void wire_read_buf(struct wire_reader *reader, const struct wire_member *member, void *target)
{
    struct span bytes = wire_take_bytes(reader, member->name, member->min, member->max);
    if (!wire_is_refused(reader) && buf_append(target, bytes, reader->f) != 0)
        wire_refuse(reader, member->name, "cannot be kept");
}

static bool wire_is_utf8(struct span text)
{
    struct utf8 utf8 = {0};
    int left = 0;
    for (size_t i = 0; i < text.len && left >= 0; i++)
        left = text.data[i] == '\0' ? -1 : utf8_take(&utf8, text.data[i]);
    return left == 0;
}

static void wire_read_utf8(struct wire_reader *reader, const struct wire_member *member, void *target)
{
    wire_read_buf(reader, member, target);
    if (!wire_is_refused(reader) && !wire_is_utf8(buf_span(target)))
        wire_refuse(reader, member->name, "is not UTF-8");
}

/* ---- tables ---- */

static const struct {
    int (*write)(const void *source, struct buf *ret, struct fault *f);
    void (*read)(struct wire_reader *reader, const struct wire_member *member, void *target);
} kinds[] = {
    [WIRE_FLAG] = {wire_write_flag, wire_read_flag},    [WIRE_NUMBER] = {wire_write_whole, wire_read_whole},
    [WIRE_SMALL] = {wire_write_small, wire_read_small}, [WIRE_TIME] = {wire_write_whole, wire_read_time},
    [WIRE_TEXT] = {wire_write_text, wire_read_text},    [WIRE_BUF] = {wire_write_buf, wire_read_buf},
    [WIRE_UTF8] = {wire_write_buf, wire_read_utf8},
};

int wire_write(const struct wire_member *members, size_t count, const void *source, struct buf *ret, struct fault *f)
{
    for (size_t i = 0; i < count; i++)
        if (kinds[members[i].kind].write((const char *)source + members[i].offset, ret, f) != 0)
            return -1;
    return 0;
}

void wire_read(struct wire_reader *reader, const struct wire_member *members, size_t count, void *target)
{
    for (size_t i = 0; i < count; i++)
        kinds[members[i].kind].read(reader, &members[i], (char *)target + members[i].offset);
}

int wire_end(struct wire_reader *reader)
{
    if (reader->rest.len > 0)
        wire_refuse(reader, "it", "goes on behind its end");
    return wire_is_refused(reader) ? -1 : 0;
}

/* ---- faults ---- */

static const struct wire_member fault_table[] = {
    {"its reason", WIRE_SMALL, offsetof(struct fault, reason), REASON_MALFORMED_JSON, REASON_NO_MEMORY},
    {"its field", WIRE_TEXT, offsetof(struct fault, field), 0, FAULT_FIELD_SIZE - 1},
    {"its message", WIRE_TEXT, offsetof(struct fault, message), 1, FAULT_MESSAGE_SIZE - 1},
};

enum { FAULT_MEMBERS = sizeof(fault_table) / sizeof(fault_table[0]) };

/* Those between are about sets and the store, which are elsewhere. */
static bool wire_is_of_judging(enum reason reason)
{
    return reason <= REASON_JUDGE_FAILED || reason == REASON_NO_MEMORY;
}

int wire_write_fault(const struct fault *fault, struct buf *ret, struct fault *f)
{
    return wire_write(fault_table, FAULT_MEMBERS, fault, ret, f);
}

int wire_read_fault(struct span bytes, struct fault *f)
{
    struct fault fault = {.reason = REASON_NONE};
    struct wire_reader reader = {.rest = bytes, .what = "the refusal", .f = f};
    wire_read(&reader, fault_table, FAULT_MEMBERS, &fault);
    if (!wire_is_refused(&reader) && !wire_is_of_judging(fault.reason))
        wire_refuse(&reader, "its reason", "is none of judging");
    if (wire_end(&reader) == 0)
        *f = fault;
    return -1;
}
