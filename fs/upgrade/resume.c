#include "fs/upgrade/resume.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/cleanup.h"

static const char heading[] = "certfs-resume ", prefix[] = "fd.";

enum { NUMBER_SIZE = 24, NAME_SIZE = 64, READ_SIZE = 4096 };

void resume_done(struct resume *resume)
{
    buf_done(&resume->text);
    free(resume->members);
    *resume = (struct resume){0};
}

/* ---- writing ---- */

static int resume_begin(struct resume *resume, struct fault *f)
{
    char line[sizeof(heading) + NUMBER_SIZE];
    snprintf(line, sizeof(line), "%s%d\n", heading, RESUME_VERSION);
    return resume->text.len > 0 ? 0 : buf_append_text(&resume->text, line, f);
}

static int resume_add_escaped(struct buf *text, const char *value, struct fault *f)
{
    while (*value != '\0') {
        size_t plain = strcspn(value, "\n\\");
        if (buf_append(text, (struct span){(const unsigned char *)value, plain}, f) != 0)
            return -1;
        value += plain;
        if (*value != '\0' && buf_append_text(text, *value++ == '\n' ? "\\n" : "\\\\", f) != 0)
            return -1;
    }
    return 0;
}

int resume_add(struct resume *resume, const char *name, const char *value, struct fault *f)
{
    if (resume_begin(resume, f) != 0 || buf_append_text(&resume->text, name, f) != 0 ||
        buf_append_text(&resume->text, " ", f) != 0 || resume_add_escaped(&resume->text, value, f) != 0)
        return -1;
    return buf_append_text(&resume->text, "\n", f);
}

int resume_add_number(struct resume *resume, const char *name, int64_t value, struct fault *f)
{
    char number[NUMBER_SIZE];
    snprintf(number, sizeof(number), "%" PRId64, value);
    return resume_add(resume, name, number, f);
}

int resume_add_numbers(struct resume *resume, const char *name, const int *list, size_t count, struct fault *f)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] > 0 && resume_add_number(resume, name, list[i], f) != 0)
            return -1;
    return 0;
}

int resume_add_descriptor(struct resume *resume, const char *name, int fd, struct fault *f)
{
    char full[NAME_SIZE];
    snprintf(full, sizeof(full), "%s%s", prefix, name);
    return fd < 0 ? 0 : resume_add_number(resume, full, fd, f);
}

int resume_write(const struct resume *resume, int *ret_fd, struct fault *f)
{
    int fd = memfd_create("certfs-resume", MFD_CLOEXEC);
    size_t done = 0;
    ssize_t put = 0;
    while (fd >= 0 && done < resume->text.len && put >= 0) {
        put = pwrite(fd, resume->text.data + done, resume->text.len - done, (off_t)done);
        done += put > 0 ? (size_t)put : 0;
    }
    if (fd >= 0 && put >= 0) {
        *ret_fd = fd;
        return 0;
    }
    fault_set_errno(f, REASON_SYSTEM, errno, "cannot write down the state for another program");
    close_fd(&fd);
    return -1;
}

/* ---- reading ---- */

static int resume_refuse(struct resume *resume, struct fault *f)
{
    resume_done(resume);
    return fault_set(f, REASON_SYSTEM, "", "the state of the program before is not one of version %d", RESUME_VERSION);
}

/* In place: a value never grows. */
static void resume_unescape(char *value)
{
    char *to = value;
    for (; *value != '\0'; value++) {
        if (*value == '\\' && value[1] != '\0')
            *to++ = *++value == 'n' ? '\n' : *value;
        else
            *to++ = *value;
    }
    *to = '\0';
}

/* One line, whose feed is replaced by NUL already. */
static bool resume_parse_line(struct resume *resume, char *line)
{
    char *blank = strchr(line, ' ');
    if (blank == NULL || blank == line || resume->count == RESUME_MEMBERS_MAX)
        return false;
    *blank = '\0';
    resume_unescape(blank + 1);
    resume->members[resume->count++] = (struct resume_member){.name = line, .value = blank + 1};
    return true;
}

static bool resume_is_of_version(const char *line)
{
    char expected[sizeof(heading) + NUMBER_SIZE];
    snprintf(expected, sizeof(expected), "%s%d", heading, RESUME_VERSION);
    return strcmp(line, expected) == 0;
}

int resume_parse(struct buf *text, struct resume *ret, struct fault *f)
{
    *ret = (struct resume){0};
    buf_move(&ret->text, text);
    if (ret->text.len == 0 || ret->text.data[ret->text.len - 1] != '\n' ||
        memchr(ret->text.data, '\0', ret->text.len) != NULL)
        return resume_refuse(ret, f);
    ret->members = calloc(RESUME_MEMBERS_MAX, sizeof(*ret->members));
    if (ret->members == NULL) {
        resume_done(ret);
        return fault_no_memory(f);
    }
    char *line = (char *)ret->text.data, *end = line + ret->text.len;
    for (bool first = true; line < end; first = false) {
        char *feed = memchr(line, '\n', (size_t)(end - line));
        *feed = '\0';
        if (first ? !resume_is_of_version(line) : !resume_parse_line(ret, line))
            return resume_refuse(ret, f);
        line = feed + 1;
    }
    return 0;
}

int resume_read(int fd, struct resume *ret, struct fault *f)
{
    CLEANUP(buf_done) struct buf text = {0};
    unsigned char piece[READ_SIZE];
    ssize_t got;
    if (lseek(fd, 0, SEEK_SET) != 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot read the state of the program before");
    while ((got = read(fd, piece, sizeof(piece))) > 0)
        if (buf_append(&text, (struct span){piece, (size_t)got}, f) != 0)
            return -1;
    if (got < 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot read the state of the program before");
    return resume_parse(&text, ret, f);
}

const char *resume_next(const struct resume *resume, const char *name, size_t *at)
{
    while (*at < resume->count) {
        const struct resume_member *member = &resume->members[(*at)++];
        if (strcmp(member->name, name) == 0)
            return member->value;
    }
    return NULL;
}

const char *resume_get(const struct resume *resume, const char *name)
{
    size_t at = 0;
    return resume_next(resume, name, &at);
}

static bool resume_read_number(const char *text, int64_t *ret)
{
    char *end;
    if (text == NULL || *text == '\0')
        return false;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    *ret = value;
    return *end == '\0' && errno == 0;
}

int64_t resume_number(const struct resume *resume, const char *name, int64_t otherwise)
{
    int64_t value;
    return resume_read_number(resume_get(resume, name), &value) ? value : otherwise;
}

size_t resume_numbers(const struct resume *resume, const char *name, int *ret, size_t count)
{
    const char *text;
    size_t at = 0, found = 0;
    while (found < count && (text = resume_next(resume, name, &at)) != NULL)
        ret[found++] = (int)strtol(text, NULL, 10);
    return found;
}

/* ---- descriptors ---- */

/* The descriptor of a member; -1 if it has none. The standard ones are not passed this way. */
static int resume_descriptor_of(const struct resume_member *member)
{
    int64_t number;
    if (strncmp(member->name, prefix, sizeof(prefix) - 1) != 0 || !resume_read_number(member->value, &number) ||
        number <= STDERR_FILENO || number > INT32_MAX || fcntl((int)number, F_GETFD) < 0)
        return -1;
    return (int)number;
}

int resume_set_inherited(const struct resume *resume, bool inherited)
{
    for (size_t i = 0; i < resume->count; i++) {
        int fd = resume_descriptor_of(&resume->members[i]);
        if (fd >= 0 && fcntl(fd, F_SETFD, inherited ? 0 : FD_CLOEXEC) != 0)
            return -1;
    }
    return 0;
}

int resume_take_descriptor(struct resume *resume, const char *name)
{
    for (size_t i = 0; i < resume->count; i++) {
        struct resume_member *member = &resume->members[i];
        int fd = resume_descriptor_of(member);
        if (fd < 0 || member->taken || strcmp(member->name + sizeof(prefix) - 1, name) != 0)
            continue;
        member->taken = true;
        return fd;
    }
    return -1;
}

void resume_close_rest(const struct resume *resume)
{
    for (size_t i = 0; i < resume->count; i++) {
        int fd = resume_descriptor_of(&resume->members[i]);
        if (fd >= 0 && !resume->members[i].taken)
            close(fd);
    }
}
