#include "fs/options/worker_user.h"

#include <unistd.h>

#include "core/base/fault.h"
#include "fs/host/account.h"
#include "fs/host/credentials.h"

enum { OVERFLOW_UID = 65534 /* user_namespaces(7): users without a number of their own here */ };

static const char default_name[] = "certfs", judge_name[] = "certfs-judge";

int worker_user_read(const char *value, struct options *ret, struct fault *f)
{
    struct account account;
    if (account_parse("worker_user", value, &account, f) != 0)
        return -1;
    ret->worker = account.user;
    ret->worker_group = account.group;
    ret->worker_choice = OPTIONS_WORKER_GIVEN;
    return 0;
}

static bool worker_user_is_owner(const struct options *options)
{
    return options->worker == options->owner || options->worker == options->control_owner;
}

/* Processes of the same user can end the worker, and open what is in STORE. */
static const char *worker_user_unfit(const struct options *options)
{
    struct account judge;
    if (worker_user_is_owner(options))
        return "is an owner of the files, and they must not reach STORE: give a user that nothing else uses";
    if (options->worker == OVERFLOW_UID)
        return "is nobody, and others use it too: give a user that nothing else uses";
    if (account_find(judge_name, &judge) == 0 && options->worker == judge.user)
        return "is the user of the judge, which must not reach STORE: give another one";
    return options->worker_group == 0 ? "has the group of root: give a user with a group of its own" : NULL;
}

static int worker_user_check(const struct options *options, struct fault *f)
{
    const char *unfit = options->worker == 0 ? NULL : worker_user_unfit(options);
    return unfit == NULL ? 0 : fault_set(f, REASON_USAGE, "worker_user", "worker_user= %s", unfit);
}

static void worker_user_stay(struct options *options, enum options_worker choice)
{
    const struct account self = account_of_process();
    options->worker = self.user;
    options->worker_group = self.group;
    options->worker_choice = choice;
}

static void worker_user_default(struct options *options)
{
    struct account account;
    if (account_find(default_name, &account) != 0 || account.user == 0) {
        worker_user_stay(options, OPTIONS_WORKER_MISSING);
        return;
    }
    options->worker = account.user;
    options->worker_group = account.group;
    if (worker_user_unfit(options) != NULL)
        worker_user_stay(options, OPTIONS_WORKER_SHARED);
    else if (!credentials_can_become(&account))
        worker_user_stay(options, OPTIONS_WORKER_BARRED);
}

int worker_user_complete(struct options *options, struct fault *f)
{
    bool given = options->worker_choice == OPTIONS_WORKER_GIVEN;
    if (geteuid() == 0 && given)
        return worker_user_check(options, f);
    if (geteuid() == 0)
        worker_user_default(options);
    else if (given && options->worker != getuid())
        return fault_set(f, REASON_USAGE, "worker_user",
                         "worker_user= another user is for root's mounts only: run certfs as root (sudo)");
    else
        worker_user_stay(options, options->worker_choice);
    return 0;
}

const char *worker_user_remark(const struct options *options)
{
    static const char *const remarks[] = {
        [OPTIONS_WORKER_GIVEN] = "the worker runs as root, without capabilities (worker_user=root)",
        [OPTIONS_WORKER_MISSING] =
            "the worker runs as root, without capabilities, since there is no user certfs: make install creates it, or "
            "useradd --system --user-group --no-create-home --shell /usr/sbin/nologin certfs; then restart certfs",
        [OPTIONS_WORKER_BARRED] = "the worker runs as root, without capabilities, since this container or user "
                                  "namespace does not let it become the user certfs",
        [OPTIONS_WORKER_SHARED] = "the worker runs as root, without capabilities, since the user certfs is used for "
                                  "something else, such as owner=: give it another one, worker_user=",
    };
    return geteuid() == 0 && options->worker == 0 ? remarks[options->worker_choice] : NULL;
}
