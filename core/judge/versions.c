#include "core/judge/versions.h"

#include <string.h>

#include <openssl/x509v3.h>

#include "core/base/fault.h"

/* The roles of a set in a handshake, as bits. */
enum { AS_SERVER = 1, AS_CLIENT = 2, AS_BOTH = AS_SERVER | AS_CLIENT };

enum { NEWER, OLDER, VERSIONS };

static const struct {
    int version;
    const char *name;
} versions[VERSIONS] = {{TLS1_3_VERSION, "TLS 1.3"}, {TLS1_2_VERSION, "TLS 1.2"}};

struct proving {
    const struct versions_terms *terms;
    struct budget *budget;
    SSL_CTX *endpoint;
    SSL_CTX *stranger;               /* NULL until one is needed */
    unsigned wanted;                 /* roles */
    unsigned works[VERSIONS];        /* roles with a successful handshake */
    struct fault failures[VERSIONS]; /* the first failure of each version */
};

static void versions_proving_done(struct proving *p)
{
    SSL_CTX_free(p->endpoint);
    SSL_CTX_free(p->stranger);
}

/* For the client role alone the server is a stranger. For both roles the set is on both sides. */
static int versions_shake_hands(struct proving *p, int version, unsigned parts, struct fault *f)
{
    const struct versions_terms *terms = p->terms;
    const struct proof_terms how = {.version = versions[version].version,
                                    .verify_server = (parts & AS_SERVER) != 0 && terms->for_server,
                                    .verify_client = (parts & AS_CLIENT) != 0 && terms->for_client};
    uint64_t price = parts == AS_BOTH ? 2 * terms->price : terms->price;
    if (budget_spend(p->budget, price, terms->field, f) != 0 ||
        (parts == AS_CLIENT && p->stranger == NULL && proof_load_stranger(p->endpoint, &p->stranger, f) != 0))
        return -1;
    return proof_handshake(parts == AS_CLIENT ? p->stranger : p->endpoint, p->endpoint, &how, f);
}

/* A failure is recorded only, since another version may work. */
static int versions_attempt(struct proving *p, int version, unsigned parts, struct fault *f)
{
    if (versions_shake_hands(p, version, parts, f) == 0) {
        p->works[version] |= parts;
        return 0;
    }
    if (f->reason != REASON_HANDSHAKE_FAILED)
        return -1;
    if (p->failures[version].reason == REASON_NONE)
        p->failures[version] = *f;
    fault_clear(f);
    return 0;
}

/* If both roles fail together, one of them may still work. */
static int versions_attempt_all(struct proving *p, int version, struct fault *f)
{
    if (versions_attempt(p, version, p->wanted, f) != 0)
        return -1;
    if (p->wanted != AS_BOTH || p->works[version] == AS_BOTH)
        return 0;
    return versions_attempt(p, version, AS_SERVER, f) == 0 ? versions_attempt(p, version, AS_CLIENT, f) : -1;
}

/*
 * With an expensive key (RSA of 16384 bits) four signatures exceed the budget of a document. The versions differ in the
 * server's part, so the client's is tested in one version only.
 */
static int versions_attempt_older(struct proving *p, struct fault *f)
{
    if (p->wanted != AS_BOTH || p->budget->left >= 2 * p->terms->price)
        return versions_attempt_all(p, OLDER, f);
    p->works[OLDER] |= p->works[NEWER] & AS_CLIENT;
    return versions_attempt(p, OLDER, AS_SERVER, f);
}

/* RFC 5280, 4.2.1.3. Without the extension a key may be used for anything. */
static bool versions_may_sign(X509 *leaf)
{
    uint32_t usage = X509_get_key_usage(leaf);
    ossl_clear_errors();
    return (usage & KU_DIGITAL_SIGNATURE) != 0;
}

static void versions_warn_of_version(const struct proving *p, int fails, struct findings *findings)
{
    static const char *const as[] = {
        [AS_SERVER] = "as a server it works", [AS_CLIENT] = "as a client it works", [AS_BOTH] = "it works"};
    /* A failure's message is about the set; OpenSSL's error follows the colon. */
    const char *colon = strrchr(p->failures[fails].message, ':');
    const char *why = !versions_may_sign(p->terms->leaf) ? "its keyUsage lacks digitalSignature"
                      : colon == NULL                    ? p->failures[fails].message
                                                         : colon + 2;
    findings_add_warning(findings, WARNING_ONE_TLS_VERSION, p->terms->field,
                         "the certificate does not work in %s, %s in %s only: %s", versions[fails].name,
                         as[p->wanted & ~p->works[fails]], versions[1 - fails].name, why);
}

/* OpenSSL accepts it in both versions nevertheless. No warning if the policy was waived. */
static void versions_warn_of_usage(const struct proving *p, struct findings *findings)
{
    bool judged = p->terms->for_server || p->terms->for_client;
    if (judged && !versions_may_sign(p->terms->leaf))
        findings_add_warning(findings, WARNING_ONE_TLS_VERSION, p->terms->field,
                             "its keyUsage lacks digitalSignature: TLS 1.3 demands it, strict peers (Java) refuse it");
}

static int versions_conclude(const struct proving *p, struct findings *findings, struct fault *f)
{
    if ((p->wanted & ~(p->works[NEWER] | p->works[OLDER])) != 0) {
        *f = p->failures[p->failures[NEWER].reason != REASON_NONE ? NEWER : OLDER];
        return -1;
    }
    if (p->works[NEWER] == p->works[OLDER])
        versions_warn_of_usage(p, findings);
    for (int version = NEWER; version < VERSIONS; version++)
        if ((p->wanted & ~p->works[version]) != 0)
            versions_warn_of_version(p, version, findings);
    return 0;
}

int versions_prove(const struct versions_terms *terms, struct budget *budget, struct findings *findings,
                   struct fault *f)
{
    CLEANUP(versions_proving_done)
    struct proving p = {.terms = terms,
                        .budget = budget,
                        .wanted = (terms->for_client ? AS_CLIENT : 0U) |
                                  (terms->for_server || !terms->for_client ? AS_SERVER : 0U)};
    if (proof_load(&terms->files, terms->now, terms->level, &p.endpoint, f) != 0 ||
        versions_attempt_all(&p, NEWER, f) != 0 || versions_attempt_older(&p, f) != 0)
        return -1;
    return versions_conclude(&p, findings, f);
}
