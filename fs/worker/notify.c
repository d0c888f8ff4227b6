#include "fs/worker/notify.h"

#include <stdio.h>
#include <string.h>

#include <fuse_lowlevel.h>

#include "fs/host/hooks.h"
#include "fs/state/server.h"

/* ---- posting ---- */

static void post_wiped(struct notifier *notifier, const struct commit *commit, int client)
{
    struct notice wiped = {.kind = NOTICE_WIPED, .set = commit->set, .wiped_count = commit->wiped_count};
    memcpy(wiped.wiped, commit->wiped, commit->wiped_count * sizeof(commit->wiped[0]));
    notifier_post(notifier, &wiped, client);
}

/* What a named set's directory is listed in; a name is to be forgotten only when it is gone. */
static void post_listed(struct notifier *notifier, const char *removed, int client)
{
    struct notice listed = {.kind = NOTICE_GONE, .directory = removed[0] == '\0' ? 0 : TREE_CERTIFICATES};
    snprintf(listed.name, sizeof(listed.name), "%s", removed);
    notifier_post(notifier, &listed, client);
}

void notify_post(struct notifier *notifier, const struct outcome *outcome, bool removal, int client)
{
    const struct commit *commit = &outcome->commit;
    struct notice changed = {.kind = NOTICE_CHANGED, .set = commit->set};
    changed.directory = commit->set == 0 ? TREE_ROOT : tree_set_inode(commit->set);
    if (removal)
        post_wiped(notifier, commit, client);
    notifier_post(notifier, &changed, client);
    if (commit->set != 0)
        post_listed(notifier, removal ? outcome->identifier : "", client);
}

void notify_post_poll(struct notifier *notifier)
{
    const struct notice poll = {.kind = NOTICE_POLL};
    notifier_post(notifier, &poll, -1);
}

/* ---- sending ---- */

/* A kernel that has not looked a name up has nothing to forget and says ENOENT; that is no error. */
static void forget_name(struct fuse_session *session, uint64_t directory, const char *name)
{
    (void)fuse_lowlevel_notify_inval_entry(session, directory, name, strlen(name));
}

/* Attributes alone (a negative offset): the directory's times have changed. */
static void forget_attributes(struct fuse_session *session, uint64_t directory)
{
    (void)fuse_lowlevel_notify_inval_inode(session, directory, -1, 0);
}

static void send_changed(struct server *server, const struct notice *notice)
{
    const char *name;
    hooks_hold_notice(notice->set);
    forget_attributes(server->session, notice->directory);
    for (size_t i = 0; (name = tree_file_name_at(i)) != NULL; i++)
        forget_name(server->session, notice->directory, name);
    if (notice->set != 0)
        forget_name(server->session, notice->directory, TREE_DESCRIPTION_NAME);
}

static void send_gone(struct server *server, const struct notice *notice)
{
    forget_attributes(server->session, TREE_CERTIFICATES);
    if (notice->name[0] != '\0')
        forget_name(server->session, TREE_CERTIFICATES, notice->name);
}

static void forget_pages(struct fuse_session *session, uint64_t inode)
{
    (void)fuse_lowlevel_notify_inval_inode(session, inode, 0, 0);
}

static void forget_generation(struct fuse_session *session, uint64_t generation)
{
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++) {
        forget_pages(session, tree_file_inode(generation, file));
        forget_pages(session, tree_kept_inode(generation, file));
    }
    forget_pages(session, tree_file_inode(generation, TREE_DESCRIPTION_FILE));
}

/* Also what the set has open and the vault let go of before. */
static void send_wiped(struct server *server, const struct notice *notice)
{
    uint64_t inodes[HANDLES_LISTED], after = 0;
    size_t count;
    for (size_t i = 0; i < notice->wiped_count; i++)
        forget_generation(server->session, notice->wiped[i]);
    while ((count = handles_list(server->handles, notice->set, after, inodes)) > 0) {
        for (size_t i = 0; i < count; i++)
            forget_pages(server->session, inodes[i]);
        after = inodes[count - 1];
    }
}

static void send_pages(struct server *server, const struct notice *notice)
{
    forget_pages(server->session, notice->directory);
}

static void send_poll(struct server *server, const struct notice *notice)
{
    (void)notice;
    uint64_t mark = handles_mark(server->handles);
    struct fuse_pollhandle *poll;
    while ((poll = handles_take_poll(server->handles, mark)) != NULL) {
        fuse_lowlevel_notify_poll(poll);
        fuse_pollhandle_destroy(poll);
    }
}

void notify_send(void *server, const struct notice *notice)
{
    static void (*const kinds[])(struct server * server, const struct notice *notice) = {
        [NOTICE_CHANGED] = send_changed, [NOTICE_GONE] = send_gone,   [NOTICE_WIPED] = send_wiped,
        [NOTICE_POLL] = send_poll,       [NOTICE_PAGES] = send_pages,
    };
    kinds[notice->kind](server, notice);
}
