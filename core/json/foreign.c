#include "core/json/foreign.h"

#include "core/base/fault.h"

static const char kubernetes[] =
    "this is a Kubernetes object; send its PEM as ssl_ca, ssl_cert, ssl_key (a Secret's data are base64 of it)";
static const char vault[] =
    "this is Vault's answer; send issuing_ca as ssl_ca, certificate as ssl_cert, private_key as ssl_key";
static const char cloud_sql[] =
    "this is Cloud SQL's; send caCertificate as ssl_ca, clientCertificate as ssl_cert, clientKey as ssl_key";

static const char cloud_sql_new[] =
    "this is Cloud SQL's: serverCaCert.cert is ssl_ca, clientCert.certInfo.cert ssl_cert, its certPrivateKey ssl_key";

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
    {"request_id", vault},
    {"lease_duration", vault},
    {"issuing_ca", vault},
    {"ca_chain", vault},
    {"SecretString", "this is Secrets Manager's answer; send what its SecretString holds (jq -r .SecretString)"},
    {"caCertificate", cloud_sql},
    {"clientCertificate", cloud_sql},
    {"clientCert", cloud_sql_new},
    {"serverCaCert", cloud_sql_new},
    {"svids",
     "this is SPIRE's answer, DER in base64; send bundle as ssl_ca, x509_svid as ssl_cert, x509_svid_key as ssl_key"},
    {"CertificateChain",
     "this is ACM's; send CertificateChain as ssl_ca, Certificate as ssl_cert, PrivateKey as ssl_key"},
    {"Certificates",
     "this is the answer of DescribeCertificates; send one element of DMS's Certificates (those of RDS have no PEM)"},
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
