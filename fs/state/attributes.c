#include "fs/state/attributes.h"

#include <string.h>

#include "core/base/cleanup.h"
#include "core/registry/registry.h"
#include "core/set/generation.h"
#include "core/set/material.h"
#include "fs/options/options.h"
#include "fs/options/policy.h"
#include "fs/report/journal.h"

enum { BLOCK = 4096 }; /* how much a program does well to read at once */

static void attributes_set_times(struct stat *st, int64_t seconds)
{
    st->st_atime = seconds;
    st->st_mtime = seconds;
    st->st_ctime = seconds;
}

static void attributes_set_size(struct stat *st, size_t size)
{
    st->st_size = (off_t)size;
    st->st_blocks = (blkcnt_t)((size + 511) / 512);
}

struct stat attributes_regular(uint64_t inode, mode_t mode, size_t size, int64_t time)
{
    struct stat st = {.st_ino = inode, .st_mode = S_IFREG | mode, .st_nlink = 1, .st_blksize = BLOCK};
    attributes_set_size(&st, size);
    attributes_set_times(&st, time);
    return st;
}

/* ---- one function for each kind: completes what attributes_of has filled in; false: it is not there now */

/* "." and its own name, and ".." of each directory in it. */
static nlink_t attributes_count_links(const struct server *server, enum node_kind kind)
{
    switch (kind) {
    case NODE_ROOT:
        return 2 + 2 + policy_have_import(server->options);
    case NODE_GENERATIONS:
        return 2 + registry_list(server->registry, "", NULL);
    case NODE_CERTIFICATES:
        return 2 + registry_count(server->registry);
    default:
        return 2;
    }
}

static bool attributes_directory(const struct server *server, struct node node, struct stat *st)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(server->registry, "");
    st->st_mode = S_IFDIR | ATTRIBUTES_DIRECTORY_MODE;
    st->st_nlink = attributes_count_links(server, node.kind);
    attributes_set_times(st, current == NULL ? server->mounted : current->committed);
    return true;
}

static bool attributes_set(const struct server *server, struct node node, struct stat *st)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current_of(server->registry, node.number);
    if (current == NULL)
        return false;
    st->st_mode = S_IFDIR | ATTRIBUTES_DIRECTORY_MODE;
    st->st_nlink = 2;
    attributes_set_times(st, current->committed);
    return true;
}

/* Members of the group may create files there and find them again, and list nothing. */
static bool attributes_import(const struct server *server, struct node node, struct stat *st)
{
    (void)node;
    st->st_mode = S_IFDIR | 0730;
    st->st_nlink = 2;
    st->st_uid = server->options->import_owner;
    st->st_gid = server->options->import_group;
    return policy_have_import(server->options);
}

static bool attributes_current(const struct server *server, struct node node, struct stat *st)
{
    (void)node;
    CLEANUP(generation_unrefp) struct generation *current = registry_current(server->registry, "");
    char target[NODE_TARGET_SIZE];
    if (current == NULL)
        return false;
    node_target(current->number, target);
    st->st_mode = S_IFLNK | 0777;
    attributes_set_size(st, strlen(target));
    attributes_set_times(st, current->committed);
    return true;
}

static bool attributes_control(const struct server *server, struct node node, struct stat *st)
{
    (void)node;
    st->st_mode = S_IFREG | server->options->control_mode;
    return true;
}

static const struct {
    bool (*complete)(const struct server *server, struct node node, struct stat *st);
    double timeout, entry_timeout;
} attributes_kinds[NODE_KINDS] = {
    [NODE_ROOT] = {attributes_directory, ATTRIBUTES_FOREVER, ATTRIBUTES_FOREVER},
    [NODE_CERTIFICATES] = {attributes_directory, ATTRIBUTES_FOREVER, ATTRIBUTES_FOREVER},
    [NODE_SET] = {attributes_set, ATTRIBUTES_FOREVER, ATTRIBUTES_FOREVER},
    [NODE_CONTROL] = {attributes_control, 0, ATTRIBUTES_FOREVER},
    [NODE_GENERATIONS] = {attributes_directory, 0, ATTRIBUTES_FOREVER},
    [NODE_IMPORT] = {attributes_import, 0, ATTRIBUTES_FOREVER},
    [NODE_GENERATION] = {attributes_directory, 0, 0},
    [NODE_CURRENT] = {attributes_current, 0, 0},
};

/* Before the first request the time is that of the mount. */
struct stat attributes_of_text(const struct server *server, struct node node, size_t size, int64_t time)
{
    struct stat st = attributes_regular(node.inode, 0444, size, time == 0 ? server->mounted : time);
    st.st_uid = server->options->control_owner;
    st.st_gid = server->options->control_group;
    return st;
}

bool attributes_of(const struct server *server, struct node node, struct attributes *ret)
{
    *ret = (struct attributes){.stat = attributes_of_text(server, node, 0, journal_time(server->journal)),
                               .timeout = attributes_kinds[node.kind].timeout,
                               .entry_timeout = attributes_kinds[node.kind].entry_timeout};
    return attributes_kinds[node.kind].complete != NULL &&
           attributes_kinds[node.kind].complete(server, node, &ret->stat);
}

struct stat attributes_of_file(const struct server *server, struct node node, size_t size, int64_t committed)
{
    const struct options *options = server->options;
    mode_t mode = material_is_secret(node.file) ? options->key_mode : options->cert_mode;
    struct stat st = attributes_regular(node.inode, mode, size, committed);
    st.st_uid = options->owner;
    st.st_gid = options->owner_group;
    return st;
}
