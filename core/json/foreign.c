#include "core/json/foreign.h"

static const char kubernetes[] =
    "this is a Kubernetes Secret; its data are base64 of PEM: decode them into ssl_ca, ssl_cert and ssl_key";
static const char vault[] =
    "this is Vault's answer; send issuing_ca as ssl_ca, certificate as ssl_cert, private_key as ssl_key";
static const char cloud_sql[] =
    "this is Cloud SQL's; send caCertificate as ssl_ca, clientCertificate as ssl_cert, clientKey as ssl_key";

static const struct {
    const char *member;
    const char *is;
} documents[] = {
    {"apiVersion", kubernetes},
    {"kind", kubernetes},
    {"stringData", kubernetes},
    {"tls.crt", kubernetes},
    {"tls.key", kubernetes},
    {"ca.crt", kubernetes},
    {"lease_id", vault},
    {"lease_duration", vault},
    {"issuing_ca", vault},
    {"ca_chain", vault},
    {"SecretString", "this is Secrets Manager's answer; send what its SecretString holds (jq -r .SecretString)"},
    {"caCertificate", cloud_sql},
    {"clientCertificate", cloud_sql},
    {"serverCaCert", cloud_sql},
    {"svids",
     "this is SPIRE's answer, DER in base64; send bundle as ssl_ca, x509_svid as ssl_cert, x509_svid_key as ssl_key"},
    {"CertificateChain",
     "this is ACM's; send CertificateChain as ssl_ca, Certificate as ssl_cert, PrivateKey as ssl_key"},
    {"Certificates", "this is the answer of DescribeCertificates; send one element of its Certificates"},
    {"Certificate", "this is the answer of ImportCertificate; send its Certificate alone (jq .Certificate)"},
    {"data", "this is a document around another one; ssl_ca, ssl_cert and ssl_key are expected, not data around them"},
};

int foreign_refuse(const struct json *document, struct fault *f)
{
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
        if (json_has(document, documents[i].member, NULL))
            return fault_set(f, REASON_UNKNOWN_FIELD, "", "%s", documents[i].is);
    return 0;
}
