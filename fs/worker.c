#include "fs/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fuse_lowlevel.h>

#include "core/json.h"
#include "fs/importer.h"
#include "fs/link.h"
#include "fs/lockdown.h"
#include "fs/ops.h"
#include "fs/server.h"
#include "fs/session.h"

static void release(struct server *server)
{
    importer_stop(server->importer);
    if (server->session != NULL)
        fuse_session_destroy(server->session);
    handles_freep(&server->handles);
    journal_freep(&server->journal);
    vault_freep(&server->vault);
}

/* libfuse takes an already mounted descriptor in the place of a mount point. */
static int open_session(struct server *server, const struct options *options, int fuse_fd, struct fault *f)
{
    char name[] = "certfs", debug[] = "-d";
    char *arguments[] = {name, options->debug ? debug : NULL, NULL};
    struct fuse_args args = FUSE_ARGS_INIT(options->debug ? 2 : 1, arguments);
    char mounted[32];
    snprintf(mounted, sizeof(mounted), "/dev/fd/%d", fuse_fd);
    server->session = fuse_session_new(&args, ops_table(), sizeof(*ops_table()), server);
    if (server->session == NULL)
        return fault_no_memory(f);
    if (fuse_session_mount(server->session, mounted) != 0)
        return fault_set_errno(f, REASON_STORE_FAILED, errno, "cannot take over the mount");
    return 0;
}

static int prepare(struct server *server, const struct options *options, int fuse_fd, struct fault *f)
{
    if (vault_new(&server->vault, f) != 0 || journal_new(&server->journal, f) != 0 ||
        handles_new(&server->handles, f) != 0)
        return -1;
    server->tree.options = options;
    server->tree.mounted = server_now().wall;
    server->tree.source.store = options->store;
    server->tree.source.vault = server->vault;
    server->tree.source.journal = server->journal;
    if (open_session(server, options, fuse_fd, f) != 0)
        return -1;
    return importer_start(server, &server->importer, f);
}

static void send_ready(void *argument)
{
    const struct server *server = argument;
    link_send(server->link_fd, LINK_READY, 0, "");
}

static int serve(struct server *server)
{
    int result = session_serve(server->session, send_ready, server);
    if (result != 0)
        fprintf(stderr, "certfs: cannot read requests: %s\n", strerror(errno));
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int worker_run(const struct options *options, int fuse_fd, int link_fd)
{
    char problem[LOCKDOWN_PROBLEM_SIZE] = "";
    struct server server = {.link_fd = link_fd, .tree.source.problem = problem};
    struct fault f = {.reason = REASON_NONE};
    int status = EXIT_FAILURE;
    if (lockdown_enter(problem) != 0)
        link_send(link_fd, LINK_FAILED, 0, problem);
    else {
        json_init();
        if (prepare(&server, options, fuse_fd, &f) != 0)
            link_send(link_fd, LINK_FAILED, 0, f.message);
        else
            status = serve(&server);
    }
    release(&server);
    return status;
}
