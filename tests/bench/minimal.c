/*
 * minimal MOUNTPOINT CERT KEY: the least that libfuse's low-level interface needs to serve cert.pem and key.pem with
 * the cache settings of certfs. The time that certfs needs beyond this is the cost of its own work.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fuse_lowlevel.h>

#define LONG_TIME 1e9 /* seconds */

enum { CERT = 2, KEY = 3, FILE_COUNT = 4, SIZE_MAX_OF_FILE = 65536 };

static struct {
    const char *name;
    char bytes[SIZE_MAX_OF_FILE];
    size_t size;
} files[FILE_COUNT] = {[CERT] = {.name = "cert.pem"}, [KEY] = {.name = "key.pem"}};

static void fill_attributes(fuse_ino_t inode, struct stat *ret)
{
    *ret = (struct stat){.st_ino = inode, .st_nlink = 1, .st_mode = S_IFDIR | 0755};
    if (inode == FUSE_ROOT_ID)
        return;
    ret->st_mode = S_IFREG | 0444;
    ret->st_size = (off_t)files[inode].size;
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct fuse_entry_param entry = {.attr_timeout = LONG_TIME, .entry_timeout = LONG_TIME};
    for (fuse_ino_t inode = CERT; inode < FILE_COUNT && parent == FUSE_ROOT_ID; inode++)
        if (strcmp(files[inode].name, name) == 0)
            entry.ino = inode;
    if (entry.ino == 0) {
        fuse_reply_err(req, ENOENT);
        return;
    }
    fill_attributes(entry.ino, &entry.attr);
    fuse_reply_entry(req, &entry);
}

static void op_getattr(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)fi;
    struct stat attributes;
    fill_attributes(inode, &attributes);
    fuse_reply_attr(req, &attributes, LONG_TIME);
}

static void op_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    fi->fh = inode;
    fi->direct_io = inode == KEY;
    fi->keep_cache = inode == CERT;
    fi->noflush = 1;
    fuse_reply_open(req, fi);
}

static void op_read(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset, struct fuse_file_info *fi)
{
    (void)fi;
    size_t start = (size_t)offset < files[inode].size ? (size_t)offset : files[inode].size;
    size_t count = files[inode].size - start < size ? files[inode].size - start : size;
    fuse_reply_buf(req, files[inode].bytes + start, count);
}

static void op_release(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)inode;
    (void)fi;
    fuse_reply_err(req, 0);
}

static const struct fuse_lowlevel_ops ops = {
    .lookup = op_lookup, .getattr = op_getattr, .open = op_open, .read = op_read, .release = op_release};

static int load(fuse_ino_t inode, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, files[inode].bytes, SIZE_MAX_OF_FILE);
    if (fd >= 0)
        close(fd);
    if (size <= 0) {
        perror(path);
        return -1;
    }
    files[inode].size = (size_t)size;
    return 0;
}

/* Into the background once it is mounted; ends when it is unmounted. */
static int serve(struct fuse_session *session, const char *mountpoint)
{
    if (fuse_session_mount(session, mountpoint) != 0)
        return 1;
    int result = fuse_daemonize(0) != 0 || fuse_session_loop(session) != 0;
    fuse_session_unmount(session);
    return result;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: minimal MOUNTPOINT CERT KEY\n");
        return 2;
    }
    if (load(CERT, argv[2]) != 0 || load(KEY, argv[3]) != 0)
        return 1;
    struct fuse_args arguments = FUSE_ARGS_INIT(0, NULL);
    fuse_opt_add_arg(&arguments, argv[0]);
    fuse_opt_add_arg(&arguments, "-odefault_permissions");
    struct fuse_session *session = fuse_session_new(&arguments, &ops, sizeof(ops), NULL);
    fuse_opt_free_args(&arguments);
    if (session == NULL)
        return 1;
    int result = serve(session, argv[1]);
    fuse_session_destroy(session);
    return result;
}
