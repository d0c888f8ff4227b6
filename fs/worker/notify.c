#include "fs/worker/notify.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/fuse.h>

#include <fuse_lowlevel.h>

#include "core/action/outcome.h"
#include "core/registry/registry.h"
#include "core/set/content.h"
#include "fs/host/test_deaths.h"
#include "fs/host/test_hooks.h"
#include "fs/state/handles.h"
#include "fs/state/node.h"
#include "fs/state/server.h"

/* ---- posting ---- */

static void notify_post_wiped(struct notifier *notifier, const struct commit *commit, int client)
{
    struct notice wiped = {.kind = NOTICE_WIPED, .set = commit->set, .wiped_count = commit->wiped_count};
    memcpy(wiped.wiped, commit->wiped, commit->wiped_count * sizeof(commit->wiped[0]));
    notifier_post(notifier, &wiped, client);
}

/* The directory that lists named sets; a name is forgotten only if its set was removed. */
static void notify_post_listed(struct notifier *notifier, const char *removed, int client)
{
    struct notice listed = {.kind = NOTICE_GONE, .directory = removed[0] == '\0' ? 0 : NODE_CERTIFICATES};
    snprintf(listed.name, sizeof(listed.name), "%s", removed);
    notifier_post(notifier, &listed, client);
}

void notify_post(struct notifier *notifier, const struct outcome *outcome, bool removal, int client)
{
    const struct commit *commit = &outcome->commit;
    struct notice changed = {.kind = NOTICE_CHANGED, .set = commit->set};
    changed.directory = commit->set == 0 ? NODE_ROOT : node_set_inode(commit->set);
    if (removal)
        notify_post_wiped(notifier, commit, client);
    notifier_post(notifier, &changed, client);
    if (commit->set != 0)
        notify_post_listed(notifier, removal ? outcome_identifier(outcome) : "", client);
}

void notify_post_poll(struct notifier *notifier)
{
    const struct notice poll = {.kind = NOTICE_POLL};
    notifier_post(notifier, &poll, -1);
}

/* ---- sending ---- */

/* ENOENT is no error: the kernel has not looked the name up. */
static void notify_forget_name(struct fuse_session *session, uint64_t directory, const char *name)
{
    (void)fuse_lowlevel_notify_inval_entry(session, directory, name, strlen(name));
}

/* Attributes alone (a negative offset): the directory's times have changed. */
static void notify_forget_attributes(struct fuse_session *session, uint64_t directory)
{
    (void)fuse_lowlevel_notify_inval_inode(session, directory, -1, 0);
}

static void notify_send_changed(struct server *server, const struct notice *notice)
{
    const char *name;
    test_hooks_hold_notice(notice->set);
    notify_forget_attributes(server->session, notice->directory);
    for (size_t i = 0; (name = node_file_name_at(i)) != NULL; i++)
        notify_forget_name(server->session, notice->directory, name);
    if (notice->set != 0)
        notify_forget_name(server->session, notice->directory, NODE_DESCRIPTION_NAME);
}

static void notify_send_gone(struct server *server, const struct notice *notice)
{
    notify_forget_attributes(server->session, NODE_CERTIFICATES);
    if (notice->name[0] != '\0')
        notify_forget_name(server->session, NODE_CERTIFICATES, notice->name);
}

static void notify_forget_pages(struct fuse_session *session, uint64_t inode)
{
    (void)fuse_lowlevel_notify_inval_inode(session, inode, 0, 0);
}

static void notify_forget_generation(struct fuse_session *session, uint64_t generation)
{
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++) {
        notify_forget_pages(session, node_file_inode(generation, file));
        notify_forget_pages(session, node_generation_file_inode(generation, file));
    }
    notify_forget_pages(session, node_file_inode(generation, NODE_DESCRIPTION_FILE));
}

/* Also files of the set that are open and no longer in the registry. */
static void notify_send_wiped(struct server *server, const struct notice *notice)
{
    uint64_t inodes[HANDLES_LISTED], after = 0;
    size_t count;
    for (size_t i = 0; i < notice->wiped_count; i++)
        notify_forget_generation(server->session, notice->wiped[i]);
    while ((count = handles_list(server->handles, notice->set, after, inodes)) > 0) {
        for (size_t i = 0; i < count; i++)
            notify_forget_pages(server->session, inodes[i]);
        after = inodes[count - 1];
    }
}

static void notify_send_pages(struct server *server, const struct notice *notice)
{
    notify_forget_pages(server->session, notice->directory);
}

/* libfuse has no function for the kernel's number, which a worker before this one may have got. */
static void notify_wake(int fuse_fd, uint64_t poll)
{
    struct {
        struct fuse_out_header head;
        struct fuse_notify_poll_wakeup_out wakeup;
    } notice = {.head = {.len = sizeof(notice), .error = FUSE_NOTIFY_POLL}, .wakeup = {.kh = poll}};
    ssize_t ignored = write(fuse_fd, &notice, sizeof(notice)); /* ENOENT: the file is closed */
    (void)ignored;
}

static void notify_send_poll(struct server *server, const struct notice *notice)
{
    (void)notice;
    uint64_t mark = handles_mark(server->handles);
    uint64_t poll;
    while ((poll = handles_take_poll(server->handles, mark)) != 0)
        notify_wake(fuse_session_fd(server->session), poll);
}

void notify_send(void *server, const struct notice *notice)
{
    static void (*const kinds[])(struct server * server, const struct notice *notice) = {
        [NOTICE_CHANGED] = notify_send_changed, [NOTICE_GONE] = notify_send_gone,   [NOTICE_WIPED] = notify_send_wiped,
        [NOTICE_POLL] = notify_send_poll,       [NOTICE_PAGES] = notify_send_pages,
    };
    test_deaths_pass("notice");
    kinds[notice->kind](server, notice);
    test_deaths_pass("noticed");
}
