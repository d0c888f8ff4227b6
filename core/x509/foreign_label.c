#include "core/x509/foreign_label.h"

#include <string.h>

static const struct {
    const char *label;
    const char *is;
} labels[] = {
    {"PKCS12", "a PKCS#12 file; base64 -d its body, then openssl pkcs12 -nodes"},
    {"DSA PRIVATE KEY", "a DSA key, which TLS does not use; make an RSA or EC key"},
    {"TSS2 PRIVATE KEY", "a key in a TPM, which nothing else can read; make a key in a file"},
    {"DH PARAMETERS", "DH PARAMETERS, which are not needed; leave them out"},
    {"X9.42 DH PARAMETERS", "X9.42 DH PARAMETERS, which are not needed; leave them out"},
    {"DSA PARAMETERS", "DSA PARAMETERS, which are not needed; leave them out"},
    {"EC PARAMETERS", "EC PARAMETERS, which belong in front of a private key; leave them out"},
    {"ATTRIBUTE CERTIFICATE", "an ATTRIBUTE CERTIFICATE, which TLS does not use; leave it out"},
    {"OCSP RESPONSE", "an OCSP RESPONSE, which is not needed; leave it out"},
    {"ECHCONFIG", "an ECHCONFIG, which is not needed; leave it out"},
    {"SSH2 PUBLIC KEY", "a public SSH key, which TLS does not use; leave it out"},
    {"ED25519 PRIVATE KEY", "labelled ED25519 PRIVATE KEY, which is no label; PRIVATE KEY is one, in ssl_key"},
    {"ED448 PRIVATE KEY", "labelled ED448 PRIVATE KEY, which is no label; PRIVATE KEY is one, in ssl_key"},
    {"ANY PRIVATE KEY", "labelled ANY PRIVATE KEY, which is no label; PRIVATE KEY is one, in ssl_key"},
    {"PGP SIGNATURE", "a PGP SIGNATURE; leave it out"},
    {"PGP MESSAGE", "encrypted by PGP; decrypt it first (gpg --decrypt)"},
    {"PGP SIGNED MESSAGE", "a PGP SIGNED MESSAGE; take the text out of it with gpg --decrypt"},
    {"PGP PUBLIC KEY BLOCK", "a PGP key, which TLS does not use; a PEM file is expected"},
    {"PGP PRIVATE KEY BLOCK", "a PGP key, which TLS does not use; a PEM file is expected"},
    {"AGE ENCRYPTED FILE", "encrypted by age; decrypt it first (age --decrypt)"},
};

const char *foreign_label(const char *label)
{
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        if (strcmp(label, labels[i].label) == 0)
            return labels[i].is;
    return NULL;
}
