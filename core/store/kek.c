#include "core/store/kek.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/base/text.h"

enum { FILE_MAX = 2 * KEK_SIZE + 1 /* hexadecimal digits and a newline */ };

bool kek_is_id(const char *id)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/-";
    size_t length = strlen(id);
    bool dotted = length > 0 && strchr("./:", id[0]) != NULL;
    return length > 0 && length <= KEK_ID_MAX && strspn(id, alphabet) == length && !dotted;
}

bool kek_is_file(const char *name)
{
    return kek_is_id(name) && strpbrk(name, "/:") == NULL;
}

int kek_refuse(const char *called, const char *what, struct fault *f)
{
    const size_t taken = strlen("the key-encryption key  ") + strlen(what);
    const char *name = taken < FAULT_MESSAGE_SIZE ? text_whole(called, FAULT_MESSAGE_SIZE - 1 - taken, "") : "";
    return fault_set(f, REASON_KEY_NOT_ACCESSIBLE, "KmsKeyId", "the key-encryption key%s%s %s",
                     name[0] == '\0' ? "" : " ", name, what);
}

/* Has the errno ENOENT, unlike all others: a missing key can be made or put back. */
static int kek_refuse_missing(const char *called, const char *what, struct fault *f)
{
    if (f->reason != REASON_NONE)
        return -1;
    kek_refuse(called, what, f);
    f->os_errno = ENOENT;
    return -1;
}

static int kek_refuse_call(const char *called, const char *verb, struct fault *f)
{
    static const struct {
        int error;
        const char *remedy;
    } remedies[] = {{EACCES, "; chown it to who mounts, chmod 0400 it"}, {ELOOP, "; no link is followed"}};
    char what[FAULT_MESSAGE_SIZE];
    const int error = errno;
    const char *remedy = "";
    for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
        if (remedies[i].error == error)
            remedy = remedies[i].remedy;
    snprintf(what, sizeof(what), "%s: %s%s", verb, strerror(error), remedy);
    kek_refuse(called, what, f);
    if (error == EACCES)
        f->os_errno = error;
    return -1;
}

static int kek_refuse_silence(const struct kek_source *source, const char *called, struct fault *f)
{
    char what[FAULT_MESSAGE_SIZE];
    snprintf(what, sizeof(what), "cannot be opened: the supervisor does not answer: kill -CONT %d",
             (int)source->process);
    kek_refuse(called, what, f);
    f->os_errno = ETIMEDOUT;
    return -1;
}

/* `what` ends with the change of a mode that is needed. */
static int kek_refuse_mode(const char *called, const char *what, struct fault *f)
{
    kek_refuse(called, what, f);
    f->os_errno = EACCES;
    return -1;
}

void kek_file_name(const char *id, char ret[static KEK_ID_MAX + 1])
{
    size_t length = strnlen(id, KEK_ID_MAX);
    for (size_t i = 0; i < length; i++)
        ret[i] = id[i] == '/' || id[i] == ':' ? '.' : id[i];
    ret[length] = '\0';
}

static int kek_file_of(const char *id, char ret[static KEK_ID_MAX + 1], struct fault *f)
{
    if (!kek_is_id(id))
        return fault_set(f, REASON_KEY_NOT_ACCESSIBLE, "KmsKeyId",
                         "a key is named by 1 to 255 of A-Z a-z 0-9 . _ : / -, not beginning with . / or :");
    kek_file_name(id, ret);
    return 0;
}

bool kek_can_be_in(const struct stat *facts)
{
    const off_t size = facts->st_size;
    return S_ISREG(facts->st_mode) && (size == KEK_SIZE || size == FILE_MAX - 1 || size == FILE_MAX);
}

static int kek_check_file(const char *id, const struct stat *facts, struct fault *f)
{
    if (!S_ISREG(facts->st_mode))
        return kek_refuse(id, "is not a regular file", f);
    if (!kek_can_be_in(facts))
        return kek_refuse(id, "must be 32 bytes or 64 hexadecimal digits", f);
    return (facts->st_mode & S_IRWXO) == 0 ? 0 : kek_refuse_mode(id, "is accessible to others; chmod 0400 it", f);
}

/* Users who can write there could replace the key. */
static int kek_check_directory(const char *id, const struct kek_source *source, struct fault *f)
{
    struct stat facts;
    if (fstat(source->directory, &facts) != 0)
        return kek_refuse_call(id, "cannot be looked up", f);
    return (facts.st_mode & S_IWOTH) == 0
               ? 0
               : kek_refuse_mode(id, "is in a directory that others can write; chmod 0700 it", f);
}

static int kek_decode(const char *id, const unsigned char *content, size_t length, struct buf *ret, struct fault *f)
{
    unsigned char key[KEK_SIZE];
    int result = 0;
    if (length == KEK_SIZE)
        memcpy(key, content, KEK_SIZE);
    else if ((length == FILE_MAX && content[FILE_MAX - 1] != '\n') ||
             !span_unhex((struct span){content, 2 * KEK_SIZE}, key))
        result = kek_refuse(id, "must be 32 bytes or 64 hexadecimal digits", f);
    if (result == 0)
        result = buf_append(ret, (struct span){key, KEK_SIZE}, f);
    buf_wipe(key, sizeof(key));
    return result;
}

/* From the start: who has opened the file may have read it. */
static int kek_read(int fd, const char *called, const struct stat *facts, struct buf *ret, struct fault *f)
{
    unsigned char content[FILE_MAX];
    ssize_t length = pread(fd, content, sizeof(content), 0);
    int result = length == facts->st_size ? kek_decode(called, content, (size_t)length, ret, f)
                                          : kek_refuse(called, "cannot be read", f);
    buf_wipe(content, sizeof(content));
    return result;
}

static int kek_open(const struct kek_source *source, const char *name)
{
    return source->open != NULL ? source->open(source->context, name)
                                : openat(source->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

static int kek_load_called(const struct kek_source *source, const char *id, const char *called, struct buf *ret,
                           struct stat *ret_facts, struct fault *f)
{
    char name[KEK_ID_MAX + 1];
    if (kek_file_of(id, name, f) != 0)
        return -1;
    if (source->directory < 0)
        return kek_refuse_missing(called, "cannot be looked up: there is no directory of keys", f);
    CLEANUP(close_fd) int fd = kek_open(source, name);
    if (fd < 0 && errno == ENOENT)
        return kek_refuse_missing(called, "does not exist in the directory of keys", f);
    if (fd < 0 && errno == ETIMEDOUT)
        return kek_refuse_silence(source, called, f);
    if (fd < 0 || fstat(fd, ret_facts) != 0)
        return kek_refuse_call(called, "cannot be opened", f);
    if (kek_check_directory(called, source, f) != 0 || kek_check_file(called, ret_facts, f) != 0)
        return -1;
    return kek_read(fd, called, ret_facts, ret, f);
}

int kek_load(const struct kek_source *source, const char *id, struct buf *ret, struct stat *ret_facts, struct fault *f)
{
    struct stat facts;
    return kek_load_called(source, id, id, ret, ret_facts != NULL ? ret_facts : &facts, f);
}

int kek_load_kept(const struct kek_source *source, const char *id, struct buf *ret, struct stat *ret_facts,
                  struct fault *f)
{
    char name[KEK_ID_MAX + 1];
    if (kek_file_of(id, name, f) != 0)
        return -1;
    CLEANUP(close_fd) int fd = source->open_kept == NULL ? -1 : source->open_kept(source->context, name);
    if (fd < 0 || fstat(fd, ret_facts) != 0)
        return kek_refuse_missing(id, "is not kept", f);
    if (!kek_can_be_in(ret_facts))
        return kek_refuse(id, "must be 32 bytes or 64 hexadecimal digits", f);
    return kek_read(fd, id, ret_facts, ret, f);
}

int kek_look(const struct kek_source *source, const char *file, struct stat *ret)
{
    return source->look != NULL ? source->look(source->context, file, ret)
                                : fstatat(source->directory, file, ret, AT_SYMLINK_NOFOLLOW);
}

int kek_load_named(const struct kek_source *source, const char *id, struct buf *ret, struct fault *f)
{
    struct stat facts;
    if (kek_load_called(source, id, "that KmsKeyId names", ret, &facts, f) == 0)
        return 0;
    if (f->os_errno != ENOENT)
        return -1;
    fault_clear(f);
    return kek_refuse_missing("that KmsKeyId names", "does not exist; make it: certfs --new-key ID", f);
}

static int kek_write_key(int fd)
{
    unsigned char key[KEK_SIZE];
    bool written = getrandom(key, sizeof(key), 0) == (ssize_t)sizeof(key) &&
                   write(fd, key, sizeof(key)) == (ssize_t)sizeof(key) && fsync(fd) == 0;
    buf_wipe(key, sizeof(key));
    return written ? 0 : -1;
}

int kek_create(int directory_fd, const char *id, struct fault *f)
{
    char name[KEK_ID_MAX + 1];
    if (kek_file_of(id, name, f) != 0)
        return -1;
    CLEANUP(close_fd) int fd = openat(directory_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400);
    if (fd < 0)
        return errno == EEXIST ? kek_refuse(id, "exists already and is left as it is", f)
                               : kek_refuse_call(id, "cannot be made", f);
    if (fchmod(fd, 0400) == 0 && kek_write_key(fd) == 0 && fsync(directory_fd) == 0)
        return 0;
    kek_refuse_call(id, "cannot be written", f);
    unlinkat(directory_fd, name, 0);
    return -1;
}
