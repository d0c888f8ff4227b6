#include "fs/supervisor/answers.h"

#include <errno.h>
#include <unistd.h>

#include "fs/host/ask.h"

static int answers_open_zygote(const struct answers *answers)
{
    if (answers->zygote != NULL)
        return answers->zygote(answers->zygote_context);
    errno = ENOSYS;
    return -1;
}

static int answers_answer(const struct answers *answers, int fd, const struct ask_question *question)
{
    int descriptor = -1, value = 0;
    switch (question->kind) {
    case ASK_ZYGOTE:
        descriptor = answers_open_zygote(answers);
        break;
    case ASK_KEY:
    case ASK_STORE_PLACE:
    case ASK_KEYS_PLACE:
        errno = ENOSYS;
        break;
    }
    return ask_answer(fd, question, descriptor < 0 ? errno : 0, value, descriptor);
}

bool answers_step(struct answers *answers, int *fd)
{
    struct ask_question question;
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
