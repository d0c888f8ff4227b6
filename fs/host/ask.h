/*
 * ask: questions of the worker that the supervisor answers, over a pair of channel_open of their own.
 *
 * One question at a time: the next one is sent when the one before is answered. A question that is not answered within
 * its limit is given up; until its late answer arrives, recognised by its number, further ones fail at once. So the
 * supervisor never finds a second question waiting, and ends a worker that sends one.
 */
#ifndef CERTFS_FS_HOST_ASK_H
#define CERTFS_FS_HOST_ASK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum { ASK_NAME_MAX = 255, ASK_LIMIT_MS = 10 * 1000 };

enum ask_kind {
    ASK_KEY = 1,     /* the file of a key, by its name: a descriptor */
    ASK_KEY_FACTS,   /* the same: what stat shows of it, without opening it */
    ASK_STORE_PLACE, /* whether the path of STORE leads to the directory in use: enum directory_found */
    ASK_KEYS_PLACE,  /* the same of kek_dir, and a descriptor that lists it */
    ASK_ZYGOTE,      /* a new parent of judges: a descriptor */
    ASK_KEPT_KEY,    /* the file that was opened last for ASK_KEY under this name: a descriptor; ENOENT for none */
    ASK_HURRY,       /* the judge that runs gets no processor: it is to have a higher priority */
};

/* ---- the worker ---- */

/* Its end. Used by one thread at a time: the one that starts the worker, then the importer's. */
struct ask {
    int fd;
    int64_t limit_ms; /* of an answer: ASK_LIMIT_MS */
    uint64_t number;  /* of the last question */
    bool unanswered;  /* it was given up */
};

/*
 * Asks, and waits for the answer. `name`: of the key, "" for a kind that is not about one. `ret_value` (may be
 * NULL) gets the answer's value. Returns the descriptor that the answer brings, close-on-exec and the caller's, 0 where
 * the kind has none; or -1 with errno: the supervisor's, ETIMEDOUT without an answer, EPIPE if the supervisor is gone,
 * ENAMETOOLONG, EPROTO for an answer of another form.
 */
int ask_supervisor(struct ask *ask, enum ask_kind kind, const char *name, int *ret_value);

/* Asks for ASK_KEY_FACTS. 0, or -1 with errno, as above. */
int ask_key_facts(struct ask *ask, const char *name, struct stat *ret);

/* ---- the supervisor, which trusts nothing that it receives ---- */

struct ask_question {
    uint64_t number;
    enum ask_kind kind;
    char name[ASK_NAME_MAX + 1]; /* any bytes but NUL */
};

enum ask_received {
    ASK_NOTHING,   /* none waits */
    ASK_QUESTION,  /* one was received */
    ASK_CLOSED,    /* the worker closed its end */
    ASK_MALFORMED, /* of an unknown kind, too short, too long, with descriptors, or with another one behind it */
};

/* Receives one question, without blocking; never takes a descriptor. */
enum ask_received ask_receive(int fd, struct ask_question *ret);

struct ask_answer {
    int error; /* of errno; 0: none, and then what follows */
    int value;
    int descriptor; /* -1 where the kind has none */
    struct stat facts;
};

/*
 * Answers it, without blocking; the descriptor is closed in every case. Returns -1 with errno if the answer cannot be
 * sent: EPIPE if the worker is gone, EAGAIN if it does not read.
 */
int ask_answer(int fd, const struct ask_question *question, const struct ask_answer *answer);

#endif
