#include "tests/unit/lib/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "tests/unit/lib/harness.h"

int folder_make(void)
{
    char path[] = "/tmp/certfs-unit.XXXXXX";
    assert_non_null(mkdtemp(path));
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

int folder_again(int fd)
{
    int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(again >= 0);
    return again;
}

void folder_path(int fd, char ret[static PATH_MAX])
{
    char link[64];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, ret, PATH_MAX - 1);
    assert_true(length > 0);
    ret[length] = '\0';
}

static DIR *open_listing(int fd)
{
    DIR *listing = fdopendir(folder_again(fd));
    assert_non_null(listing);
    return listing;
}

/* The next name that is neither . nor .., NULL behind the last. */
static const char *next_name(DIR *listing)
{
    const struct dirent *entry;
    while ((entry = readdir(listing)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            return entry->d_name;
    return NULL;
}

void folder_remove(int fd)
{
    char path[PATH_MAX];
    const char *name;
    DIR *listing = open_listing(fd);
    while ((name = next_name(listing)) != NULL)
        if (unlinkat(fd, name, 0) != 0)
            assert_int_equal(unlinkat(fd, name, AT_REMOVEDIR), 0);
    closedir(listing);
    folder_path(fd, path);
    assert_int_equal(rmdir(path), 0);
    close(fd);
}

void folder_write(int fd, const char *name, struct span content, mode_t mode)
{
    int file = openat(fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, content.data, content.len), (ssize_t)content.len);
    assert_int_equal(fchmod(file, mode), 0);
    close(file);
}

bool folder_read(int fd, const char *name, struct buf *ret)
{
    unsigned char piece[4096];
    ssize_t length;
    int file = openat(fd, name, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    while ((length = read(file, piece, sizeof(piece))) > 0)
        add_bytes(ret, (struct span){piece, (size_t)length});
    close(file);
    return true;
}

void folder_record(const char *identifier, char ret[static DIR_STORE_NAME_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    assert_int_equal(EVP_Digest(identifier, strlen(identifier), digest, NULL, EVP_sha256(), NULL), 1);
    for (size_t i = 0; i < 32; i++)
        snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

size_t folder_count(int fd)
{
    size_t count = 0;
    DIR *listing = open_listing(fd);
    while (next_name(listing) != NULL)
        count++;
    closedir(listing);
    return count;
}
