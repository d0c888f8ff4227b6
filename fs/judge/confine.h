/*
 * confine: takes everything from the zygote that forking judges does not need.
 */
#ifndef CERTFS_FS_JUDGE_CONFINE_H
#define CERTFS_FS_JUDGE_CONFINE_H

#include "core/base/fault.h"
#include "fs/host/account.h"

enum {
    CONFINE_NICE = 10,      /* lower priority than the supervisor's, of judges: readers go first */
    CONFINE_CPU_SOFT_S = 2, /* of a judge: it dies of SIGXCPU, or a second later of SIGKILL */
    CONFINE_CPU_HARD_S = 3,
    CONFINE_MEMORY = 256 * 1024 * 1024, /* that a judge may map beyond what the zygote has mapped */
};

/*
 * After everything is loaded that judging needs. Closes all descriptors but `kept`, sets limits, leaves the network and
 * IPC namespaces and becomes `user` if it is root, gives up all capabilities, and allows only the calls of calls.h.
 * `ret_missing` names the layers that this kernel or container does not allow, "" for none; the others must succeed.
 * Fault: system (with errno).
 */
MUST_CHECK int confine_zygote(const struct account *user, int kept, char ret_missing[static FAULT_MESSAGE_SIZE],
                              struct fault *f);

/* In a judge, right after its fork by the process `zygote`: its own limits. Returns -1 with errno. */
MUST_CHECK int confine_judge(pid_t zygote);

#endif
