#include "fs/notify.h"

#include <string.h>

#include <fuse_lowlevel.h>

#include "fs/handles.h"
#include "fs/tree.h"

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

void notify_changed(struct fuse_session *session, uint64_t set, const char *removed)
{
    uint64_t directory = set == 0 ? TREE_ROOT : tree_set_inode(set);
    const char *name;
    for (size_t i = 0; (name = tree_file_name_at(i)) != NULL; i++)
        forget_name(session, directory, name);
    forget_attributes(session, directory);
    if (set == 0)
        return;
    forget_name(session, directory, TREE_DESCRIPTION_NAME);
    if (removed != NULL)
        forget_name(session, TREE_CERTIFICATES, removed);
    forget_attributes(session, TREE_CERTIFICATES);
}

static void forget_pages(struct fuse_session *session, uint64_t inode)
{
    (void)fuse_lowlevel_notify_inval_inode(session, inode, 0, 0);
}

void notify_wiped(struct fuse_session *session, const uint64_t *generations, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++) {
            forget_pages(session, tree_file_inode(generations[i], file));
            forget_pages(session, tree_kept_inode(generations[i], file));
        }
        forget_pages(session, tree_file_inode(generations[i], TREE_DESCRIPTION_FILE));
    }
}

void notify_wiped_open(struct fuse_session *session, struct handles *handles, uint64_t set)
{
    uint64_t inodes[HANDLES_LISTED], after = 0;
    size_t count;
    while ((count = handles_list(handles, set, after, inodes)) > 0) {
        for (size_t i = 0; i < count; i++)
            forget_pages(session, inodes[i]);
        after = inodes[count - 1];
    }
}

void notify_waiters(struct handles *handles)
{
    uint64_t mark = handles_mark(handles);
    struct fuse_pollhandle *poll;
    while ((poll = handles_take_poll(handles, mark)) != NULL) {
        fuse_lowlevel_notify_poll(poll);
        fuse_pollhandle_destroy(poll);
    }
}
