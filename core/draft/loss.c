#include "core/draft/loss.h"

#include <stdio.h>
#include <string.h>

#include "core/about/cert_info.h"
#include "core/base/fault.h"
#include "core/x509/cert_inspect.h"

enum { FILES_SIZE = 48 };

/* "ca.pem, cert.pem and key.pem" */
static void loss_files_text(unsigned lost, char ret[static FILES_SIZE])
{
    size_t used = 0;
    ret[0] = '\0';
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++) {
        bool last = lost >> (file + 1) == 0;
        if ((lost >> file & 1) != 0)
            used += (size_t)snprintf(ret + used, FILES_SIZE - used, "%s%s",
                                     used == 0 ? ""
                                     : last    ? " and "
                                               : ", ",
                                     content_file_name(file));
    }
}

/* cert.pem and key.pem come and go together. */
static const char *loss_remedy(unsigned lost)
{
    if (lost == LOSS_WALLET)
        return "CertificateWallet";
    if ((lost & LOSS_WALLET) != 0)
        return "a whole wallet";
    if ((lost & (LOSS_CERT | LOSS_KEY)) == 0)
        return "the CA's certificate too";
    if ((lost & LOSS_CA) != 0)
        return "a whole set";
    return (lost & LOSS_CERT) != 0 ? "the certificate and its private key too" : "the private key too";
}

int loss_refuse(unsigned lost, const char *field, struct fault *f)
{
    char files[FILES_SIZE];
    if (lost == 0)
        return 0;
    loss_files_text(lost, files);
    return fault_set(f, REASON_LOSES_FILES, field, "%s would be gone: send %s, or \"Accept\": [\"loses_files\"]", files,
                     loss_remedy(lost));
}

int loss_refuse_previous(unsigned lost, struct fault *f)
{
    char files[FILES_SIZE];
    if (lost == 0)
        return 0;
    loss_files_text(lost, files);
    return fault_set(f, REASON_LOSES_FILES, "",
                     "the previous set has no %s: import a whole set, or \"Accept\": [\"loses_files\"]", files);
}

X509 *loss_find_leaf(const STACK_OF(X509) *list, const char *sha256)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        char digest[CERT_INFO_HEX_SIZE];
        cert_inspect_sha256(sk_X509_value(list, i), digest);
        if (sha256[0] != '\0' && strcmp(digest, sha256) == 0)
            return sk_X509_value(list, i);
    }
    return NULL;
}
