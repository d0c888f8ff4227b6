#include "fs/notify.h"

#include <string.h>

#include <fuse_lowlevel.h>

#include "fs/handles.h"
#include "fs/tree.h"

/* A kernel that has not looked a name up has nothing to forget and says ENOENT; that is no error. */
void notify_changed(struct fuse_session *session)
{
    const char *name;
    for (size_t i = 0; (name = tree_file_name_at(i)) != NULL; i++)
        fuse_lowlevel_notify_inval_entry(session, TREE_ROOT, name, strlen(name));
    /* Attributes alone (a negative offset): the root's times have changed. */
    fuse_lowlevel_notify_inval_inode(session, TREE_ROOT, -1, 0);
}

void notify_waiters(struct handles *handles)
{
    struct fuse_pollhandle *poll;
    while ((poll = handles_take_poll(handles)) != NULL) {
        fuse_lowlevel_notify_poll(poll);
        fuse_pollhandle_destroy(poll);
    }
}
