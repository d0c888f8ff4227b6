/*
 * attributes: what stat(2) shows of a node, and for how long the kernel may remember it.
 *
 * The files of a set never change under their inode number, so their attributes are given for ever. The directories
 * that lead to them are needed for every path walk; they are given for ever too, and the kernel is notified of every
 * change (notify.h). No other attributes are ever remembered, since no change of them is notified.
 */
#ifndef CERTFS_FS_STATE_ATTRIBUTES_H
#define CERTFS_FS_STATE_ATTRIBUTES_H

#include <sys/stat.h>

#include "core/base/cleanup.h"
#include "fs/state/node.h"
#include "fs/state/server.h"

/*
 * The attributes of every directory but import/. Only the control owner may read one: getdents(2) holds a directory's
 * lock while it writes to the reader's memory, which may be a mapping that never answers, and a change of the directory
 * waits for that lock. Names are looked up without it.
 */
enum { ATTRIBUTES_DIRECTORY_MODE = 0511 };

#define ATTRIBUTES_FOREVER 1e9 /* seconds */

struct attributes {
    struct stat stat;
    double timeout, entry_timeout; /* seconds: of the attributes, and of the name that led to them */
};

/* The attributes of a directory, of control and of `current`; false if it is not there now. */
MUST_CHECK bool attributes_of(const struct server *server, struct node node, struct attributes *ret);

/* The attributes of last, status or metrics: `size` bytes, made when the last request had ended at `time`, 0 for none.
 */
struct stat attributes_of_text(const struct server *server, struct node node, size_t size, int64_t time);

/* The attributes of a file of a set, of a generation that was committed at this time. */
struct stat attributes_of_file(const struct server *server, struct node node, size_t size, int64_t committed);

/* The attributes of any regular file with one name; it belongs to root until the caller sets its owner. */
struct stat attributes_regular(uint64_t inode, mode_t mode, size_t size, int64_t time);

#endif
