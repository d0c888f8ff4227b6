#include "fs/host/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first fields of a line; optional fields, "-" and three more fields follow. */
enum { FIELD_ID, FIELD_PARENT, FIELD_DEVICE, FIELD_ROOT, FIELD_POINT, FIELD_OPTIONS, FIELD_COUNT };

static struct span mountinfo_take_until(struct span *text, char end)
{
    const unsigned char *found = text->len > 0 ? memchr(text->data, end, text->len) : NULL;
    struct span taken = {text->data, found != NULL ? (size_t)(found - text->data) : text->len};
    size_t used = taken.len + (found != NULL ? 1 : 0);
    *text = (struct span){text->data + used, text->len - used};
    return taken;
}

/* The octal digit at `i`; -1 if it is none. */
static int mountinfo_octal(struct span text, size_t i)
{
    return i < text.len && text.data[i] >= '0' && text.data[i] <= '7' ? text.data[i] - '0' : -1;
}

/* The kernel writes blanks, tabs, line feeds, '#' and backslashes as a backslash and three octal digits. */
static bool mountinfo_copy_name(struct span from, char *to, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; i < from.len; i++) {
        if (length + 1 >= size)
            return false;
        int high = mountinfo_octal(from, i + 1), middle = mountinfo_octal(from, i + 2),
            low = mountinfo_octal(from, i + 3);
        if (from.data[i] != '\\' || high < 0 || middle < 0 || low < 0) {
            to[length++] = (char)from.data[i];
            continue;
        }
        to[length++] = (char)(high * 64 + middle * 8 + low);
        i += 3;
    }
    to[length] = '\0';
    return length > 0;
}

static unsigned mountinfo_number_of(struct span text)
{
    return text.len > 0 ? (unsigned)strtoul((const char *)text.data, NULL, 10) : 0;
}

static unsigned mountinfo_find_number(struct span options, const char *name)
{
    size_t length = strlen(name);
    while (options.len > 0) {
        struct span option = mountinfo_take_until(&options, ',');
        if (option.len > length && memcmp(option.data, name, length) == 0)
            return mountinfo_number_of((struct span){option.data + length, option.len - length});
    }
    return 0;
}

static bool mountinfo_parse_line(struct span line, struct mountinfo *ret)
{
    struct span fields[FIELD_COUNT], tag;
    for (size_t i = 0; i < FIELD_COUNT; i++)
        fields[i] = mountinfo_take_until(&line, ' ');
    do
        tag = mountinfo_take_until(&line, ' ');
    while (line.len > 0 && !span_equal(tag, span_of("-")));
    struct span type = mountinfo_take_until(&line, ' ');
    struct span source = mountinfo_take_until(&line, ' ');
    if (!mountinfo_copy_name(source, ret->source, sizeof(ret->source)))
        ret->source[0] = '\0';
    ret->id = (int)mountinfo_number_of(fields[FIELD_ID]);
    ret->parent = (int)mountinfo_number_of(fields[FIELD_PARENT]);
    ret->user = mountinfo_find_number(line, "user_id=");
    ret->group = mountinfo_find_number(line, "group_id=");
    return mountinfo_copy_name(fields[FIELD_DEVICE], ret->device, sizeof(ret->device)) &&
           mountinfo_copy_name(fields[FIELD_POINT], ret->point, sizeof(ret->point)) &&
           mountinfo_copy_name(type, ret->type, sizeof(ret->type));
}

bool mountinfo_next(const char **text, struct mountinfo *ret)
{
    while (**text != '\0') {
        struct span rest = span_of(*text);
        struct span line = mountinfo_take_until(&rest, '\n');
        *text = (const char *)rest.data;
        if (mountinfo_parse_line(line, ret))
            return true;
    }
    return false;
}

static bool mountinfo_is_listed(const char *text, int id)
{
    struct mountinfo mount;
    while (mountinfo_next(&text, &mount))
        if (mount.id == id)
            return true;
    return false;
}

/* Whether the path is at or below a mount point. */
static bool mountinfo_is_prefix(const char *point, const char *path)
{
    size_t length = strcmp(point, "/") == 0 ? 0 : strlen(point);
    return strncmp(point, path, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Whether a mount is the root of the list: its parent is not listed if the process sees a part of the tree only. */
static bool mountinfo_is_root(const char *text, const struct mountinfo *mount)
{
    return mount->parent == mount->id || !mountinfo_is_listed(text, mount->parent);
}

/* The first mount on the path from `from` (NULL: the root): of several children the one with the shortest path. */
static bool mountinfo_find_step(const char *text, const char *path, const struct mountinfo *from, struct mountinfo *ret)
{
    bool found = false;
    struct mountinfo mount;
    for (const char *rest = text; mountinfo_next(&rest, &mount);) {
        if (!mountinfo_is_prefix(mount.point, path) || (found && strlen(mount.point) >= strlen(ret->point)))
            continue;
        bool fits = from == NULL ? mountinfo_is_root(text, &mount) : mount.parent == from->id && mount.id != from->id;
        if (fits) {
            *ret = mount;
            found = true;
        }
    }
    return found;
}

bool mountinfo_find(const char *text, const char *path, struct mountinfo *ret)
{
    struct mountinfo here;
    if (!mountinfo_find_step(text, path, NULL, ret))
        return false;
    while (mountinfo_find_step(text, path, ret, &here))
        *ret = here;
    return true;
}

int mountinfo_read(struct buf *ret, struct fault *f)
{
    return mountinfo_read_of(getpid(), ret, f);
}

int mountinfo_read_of(pid_t pid, struct buf *ret, struct fault *f)
{
    char name[48];
    snprintf(name, sizeof(name), "/proc/%d/mountinfo", (int)pid);
    CLEANUP(close_fd) int fd = open(name, O_RDONLY | O_CLOEXEC);
    unsigned char piece[4096];
    ssize_t got = -1;
    while (fd >= 0 && (got = read(fd, piece, sizeof(piece))) > 0)
        if (buf_append(ret, (struct span){piece, (size_t)got}, f) != 0)
            return -1;
    if (got < 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot read %s", name);
    return buf_append(ret, (struct span){(const unsigned char *)"", 1}, f);
}
