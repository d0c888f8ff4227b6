/*
 * service: the protocols of sd_notify(3) and sd_listen_fds(3), by which systemd keeps descriptors for the next start.
 *
 * Without systemd, or in a unit that has neither NotifyAccess= nor FileDescriptorStoreMax=, nothing is kept. Whether
 * systemd has accepted a message it does not report.
 */
#ifndef CERTFS_FS_UPGRADE_SERVICE_H
#define CERTFS_FS_UPGRADE_SERVICE_H

#include <stdbool.h>

enum { SERVICE_LISTED_MAX = 32, SERVICE_NAME_SIZE = 64 };

/* Descriptors that systemd has kept. */
struct service_listed {
    int fds[SERVICE_LISTED_MAX];
    char names[SERVICE_LISTED_MAX][SERVICE_NAME_SIZE];
    int count;
};

/* Whether messages can be sent. */
bool service_is_present(void);

/* Sends a message without blocking, with a descriptor unless that is -1. Returns -1 with errno. */
int service_send(const char *text, int descriptor);

/* Has systemd keep the descriptor under this name, until it is removed; the same one twice is one. As service_send. */
int service_keep(const char *name, int descriptor);

/* Has systemd close all descriptors that it keeps under this name. As service_send. */
int service_forget(const char *name);

/*
 * The descriptors that were passed to this process, which become close-on-exec; the variables are removed from the
 * environment. None if they are for another process.
 */
void service_take_listed(struct service_listed *ret);

/* The newest descriptor of this name, which the caller owns from then on; -1 if there is none. */
int service_take(struct service_listed *listed, const char *name);

/* Closes those that nobody has taken. */
void service_close_rest(struct service_listed *listed);

#endif
