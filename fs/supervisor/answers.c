#include "fs/supervisor/answers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/disk/disk.h"
#include "fs/disk/key_file.h"
#include "fs/disk/last_keys.h"
#include "fs/host/ask.h"
#include "fs/host/daemonize.h"
#include "fs/supervisor/zygotes.h"

void answers_init(struct answers *answers, const struct options *options, const struct disk *disk,
                  struct zygotes *zygotes)
{
    answers->zygotes = zygotes;
    answers->store = directory_place(disk->store, options->store_path);
    answers->keys = directory_place(disk->keys, options->kek_dir);
}

void answers_done(struct answers *answers)
{
    directory_place_done(&answers->store);
    directory_place_done(&answers->keys);
    last_keys_done(&answers->last);
    for (size_t i = 0; i < ANSWERS_CHILDREN_MAX; i++)
        if (answers->children[i] > 0)
            (void)kill(answers->children[i], SIGKILL);
}

/* The place of a child that has ended, or NULL. */
static pid_t *answers_reap(struct answers *answers)
{
    pid_t *ended = NULL;
    for (size_t i = 0; i < ANSWERS_CHILDREN_MAX; i++) {
        pid_t *child = &answers->children[i];
        if (*child > 0 && waitpid(*child, NULL, WNOHANG) != 0)
            *child = 0;
        if (*child == 0)
            ended = child;
    }
    return ended;
}

/* Keeps neither the mount nor STORE's lock, as it may outlive the supervisor. */
__attribute__((noreturn)) static void answers_help(const struct answers *answers, int fd,
                                                   const struct ask_question *question)
{
    const int kept[] = {fd, answers->keys.fd};
    daemonize_keep_only(kept, sizeof(kept) / sizeof(kept[0]));
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct ask_answer answer = {.descriptor = key_file_open(answers->keys.fd, question->name, false)};
    if (answer.descriptor < 0)
        answer.error = errno;
    _exit(ask_answer(fd, question, &answer) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

/*
 * An honest worker has one question at a time: one child may wait, the others have answered and are about to end.
 * EBUSY if there is no place for another.
 */
static int answers_delegate(struct answers *answers, int fd, const struct ask_question *question)
{
    struct ask_answer refusal = {.error = EBUSY, .descriptor = -1};
    pid_t *child = answers_reap(answers);
    if (child != NULL) {
        *child = fork();
        if (*child == 0)
            answers_help(answers, fd, question);
        if (*child > 0)
            return 0;
        *child = 0;
        refusal.error = errno;
    }
    return ask_answer(fd, question, &refusal);
}

/* Without the permission to list it, one that shows its mode. */
static int answers_open_keys(int keys)
{
    int listing = openat(keys, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return listing >= 0 ? listing : fcntl(keys, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

static int answers_open_zygote(const struct answers *answers)
{
    if (answers->zygotes != NULL)
        return zygotes_start(answers->zygotes);
    errno = ENOSYS;
    return -1;
}

/* -1 with errno. */
static int answers_find(struct answers *answers, const struct ask_question *question, struct ask_answer *ret)
{
    switch (question->kind) {
    case ASK_KEY:
        ret->descriptor = key_file_open(answers->keys.fd, question->name, true);
        if (ret->descriptor >= 0)
            last_keys_keep(&answers->last, question->name, ret->descriptor);
        return ret->descriptor;
    case ASK_KEPT_KEY:
        ret->descriptor = last_keys_open(&answers->last, question->name);
        return ret->descriptor;
    case ASK_KEY_FACTS:
        return key_file_look(answers->keys.fd, question->name, &ret->facts);
    case ASK_STORE_PLACE:
        ret->value = (int)directory_find(&answers->store);
        return 0;
    case ASK_KEYS_PLACE:
        ret->value = (int)directory_find(&answers->keys);
        ret->descriptor = answers_open_keys(answers->keys.fd);
        return ret->descriptor;
    case ASK_ZYGOTE:
        ret->descriptor = answers_open_zygote(answers);
        return ret->descriptor;
    case ASK_HURRY:
        return answers->zygotes == NULL ? 0 : zygotes_hurry(answers->zygotes);
    }
    errno = ENOSYS;
    return -1;
}

static int answers_answer(struct answers *answers, int fd, const struct ask_question *question)
{
    struct ask_answer answer = {.descriptor = -1};
    if (answers_find(answers, question, &answer) < 0)
        answer.error = errno;
    if (question->kind == ASK_KEY && answer.error == EAGAIN)
        return answers_delegate(answers, fd, question);
    return ask_answer(fd, question, &answer);
}

bool answers_step(struct answers *answers, int *fd)
{
    struct ask_question question;
    (void)answers_reap(answers);
    switch (ask_receive(*fd, &question)) {
    case ASK_NOTHING:
        return true;
    case ASK_QUESTION:
        return answers_answer(answers, *fd, &question) == 0 || errno == EPIPE;
    case ASK_CLOSED:
        close(*fd);
        *fd = -1;
        return true;
    case ASK_MALFORMED:
        break;
    }
    return false;
}
