/*
 * strict: what a TLS library refuses that holds certificates to all of RFC 5280, as Python 3.13 does.
 */
#ifndef CERTFS_CORE_JUDGE_STRICT_H
#define CERTFS_CORE_JUDGE_STRICT_H

#include "core/about/findings.h"
#include "core/judge/judge.h"

/*
 * Adds the warning strict_peers about the first certificate that X509_V_FLAG_X509_STRICT refuses on a path that is good
 * without that flag. Of what the certificate has wrong, OpenSSL's first reason is named. No signature is verified anew.
 */
void strict_review(const struct path *path, const struct given *given, int64_t now, struct findings *findings);

#endif
