#include "core/loss.h"

#include <string.h>

#include "core/facts.h"

static const char *files_text(unsigned lost)
{
    static const char *const texts[] = {
        [LOSS_CA] = "ca.pem",
        [LOSS_CERT] = "cert.pem",
        [LOSS_KEY] = "key.pem",
        [LOSS_CA | LOSS_CERT] = "ca.pem and cert.pem",
        [LOSS_CA | LOSS_KEY] = "ca.pem and key.pem",
        [LOSS_CERT | LOSS_KEY] = "cert.pem and key.pem",
        [LOSS_CA | LOSS_CERT | LOSS_KEY] = "ca.pem, cert.pem and key.pem",
    };
    return texts[lost];
}

/* cert.pem and key.pem come and go together. */
static const char *remedy(unsigned lost)
{
    if ((lost & (LOSS_CERT | LOSS_KEY)) == 0)
        return "the CA's certificate too";
    return (lost & LOSS_CA) == 0 ? "the private key too" : "a whole set";
}

int loss_refuse(unsigned lost, const char *field, struct fault *f)
{
    if (lost == 0)
        return 0;
    return fault_set(f, REASON_LOSES_FILES, field, "%s would be gone: send %s, or \"Accept\": [\"loses_files\"]",
                     files_text(lost), remedy(lost));
}

int loss_refuse_previous(unsigned lost, struct fault *f)
{
    if (lost == 0)
        return 0;
    return fault_set(f, REASON_LOSES_FILES, "",
                     "the previous set has no %s: import a whole set, or \"Accept\": [\"loses_files\"]",
                     files_text(lost));
}

X509 *loss_find_leaf(const STACK_OF(X509) *list, const char *sha256)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        char digest[FACTS_HEX_SIZE];
        facts_sha256(sk_X509_value(list, i), digest);
        if (sha256[0] != '\0' && strcmp(digest, sha256) == 0)
            return sk_X509_value(list, i);
    }
    return NULL;
}
