/*
 * strict: warns about certificates that peers refuse that enforce all of RFC 5280, such as Python 3.13.
 */
#ifndef CERTFS_CORE_JUDGE_STRICT_H
#define CERTFS_CORE_JUDGE_STRICT_H

#include "core/about/findings.h"
#include "core/judge/judge.h"

/*
 * Adds the warning strict_peers about the first certificate that X509_V_FLAG_X509_STRICT refuses on a path that is
 * valid without it, with OpenSSL's first reason. Signatures are not verified again.
 */
void strict_review(const struct path *path, const struct given *given, int64_t now, struct findings *findings);

#endif
