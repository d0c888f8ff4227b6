/*
 * request_client: documents carried out in one registry, and their answers as a client reads them.
 *
 * Each document must keep the law and look its set up once at most; its answer must be JSON and have the shape of its
 * action; and what is refused must leave every set, its number, its ARN and its tags as they were.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_REQUEST_CLIENT_H
#define CERTFS_TESTS_UNIT_LIB_REQUEST_CLIENT_H

#include <cjson/cJSON.h>

#include "core/about/identifier.h"
#include "core/action/execute.h"
#include "tests/unit/lib/pki.h"

/* The result of one document. Release with asked_done. */
struct asked {
    int result;
    struct outcome outcome;
    struct fault fault;
    cJSON *answer;
};

void asked_done(struct asked *asked);

/* Fresh for every test. */
extern struct registry *asking_registry;
extern struct policy asking_policy;
extern struct moment asking_now;

struct asked ask(const char *text);

/* The document is taken. */
struct asked ask_good(const char *text);
void do_good(const char *text);

/* The document is refused for this reason, at this field, with a sentence that has this part. */
void ask_bad(const char *text, enum reason reason, const char *field, const char *part);

/* Appends an ImportCertificate of this PEM, with more members (`,"Replace":true`), and a NUL. */
void asking_write_import(struct buf *ret, const char *identifier, const struct buf *pem, const char *more);

/* Carries one out. */
struct asked ask_import(const char *identifier, const struct buf *pem, const char *more);
void do_import(const char *identifier, const struct buf *pem, const char *more);

/* Appends the same with the three fields of a set; a NULL identifier is the root set. */
void asking_write_fields(struct buf *ret, const char *identifier, const struct pki *pki, const char *more);

/* A text member of the answer's Certificate; fails where there is none. */
const char *asked_text(const struct asked *asked, const char *name);

/* The ARN that a set has; lives until the next call. */
const char *arn_of(const char *identifier);

/* The number of the generation that a set serves, 0 for none. */
uint64_t number_of(const char *identifier);

/* All that a registry serves, in one line; lives until the next call. */
const char *all_that_is_served(void);

/* Commits a set past the documents, for speed: what is listed is not where it came from. */
void asking_add_set(const char *name, struct material *material);

/* The same of sets with numbers in their names: s01, s02, ... */
void asking_add_sets(int from, int to, struct material *material);

enum { ASKING_NAMES_SIZE = 4096, ASKING_MARKER_SIZE = 32 };

/* DescribeCertificates with more members: the names of one page, "a b c", and its marker, "" for none. */
int asking_page(const char *more, char names[static ASKING_NAMES_SIZE], char marker[static ASKING_MARKER_SIZE]);
void expect_page(const char *more, const char *names, bool has_more);

/* Before and after each test. */
void asking_setup(void);
void asking_teardown(void);

#endif
