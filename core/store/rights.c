#include "core/store/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int rights_refuse_owner(const char *what, uid_t owner, const char *command, bool hands_over, struct fault *f)
{
    fault_set(f, REASON_STORE_FAILED, "", "%s belongs to uid %u: chown %s to %u%s", what, (unsigned)owner, command,
              (unsigned)geteuid(), owner == 0 && hands_over ? ", or restart certfs" : "");
    f->os_errno = EACCES;
    return -1;
}

static int rights_refuse_mode(const char *what, mode_t found, unsigned needed, struct fault *f)
{
    fault_set(f, REASON_STORE_FAILED, "", "%s has mode %04o: chmod %04o it", what, (unsigned)found & 07777, needed);
    f->os_errno = EACCES;
    return -1;
}

int rights_check(int directory, bool hands_over, struct fault *f)
{
    struct stat facts;
    if (fstat(directory, &facts) != 0)
        return fault_set_errno(f, REASON_STORE_FAILED, errno, "STORE cannot be looked up");
    if (facts.st_uid != geteuid())
        return rights_refuse_owner("STORE", facts.st_uid, "it and its files", hands_over, f);
    return (facts.st_mode & S_IRWXU) == S_IRWXU ? 0 : rights_refuse_mode("STORE", facts.st_mode, 0700, f);
}

int rights_check_record(int directory, const char *name, bool hands_over, struct fault *f)
{
    struct stat facts;
    if (rights_check(directory, hands_over, f) != 0)
        return -1;
    if (fstatat(directory, name, &facts, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(facts.st_mode))
        return 0;
    if (facts.st_uid != geteuid())
        return rights_refuse_owner("the set's record in STORE", facts.st_uid, "it", hands_over, f);
    return (facts.st_mode & S_IRUSR) != 0 ? 0 : rights_refuse_mode("the set's record in STORE", facts.st_mode, 0600, f);
}
