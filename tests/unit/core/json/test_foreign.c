/*
 * Documents written for or by other systems.
 */
#include "core/json/foreign.h"

#include <string.h>

#include "core/request/request.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"

TEST(members_that_only_aws_writes_are_ignored_in_an_import)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    struct fault f = {0};
    law_expect(
        request_of("{\"CertificateIdentifier\":\"a\",\"CertificateArn\":\"arn:aws:dms:x:1:cert:Y\",\"KeyLength\":[],"
                   "\"CertificatePem\":\"pem\",\"CertificateWallet\":null,\"ValidToDate\":1900000000.0}",
                   &request, &f),
        &f, REASON_NONE);
    assert_int_equal(request.action, ACTION_IMPORT_CERTIFICATE);
    assert_int_equal(request.arn.len, 0);
}

static const struct {
    const char *document, *sentence;
} foreign[] = {
    {"{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"data\":{\"ca.crt\":\"LS0t\"}}",
     "a Kubernetes object; send its PEM as ssl_ca"},
    {"{\"ca.crt\":\"x\",\"tls.crt\":\"x\",\"tls.key\":\"x\"}", "a Kubernetes object; send its PEM as ssl_ca"},
    {"{\"request_id\":\"\",\"lease_id\":\"x\",\"data\":{}}", "Vault's answer; send issuing_ca as ssl_ca"},
    {"{\"request_id\":\"x\",\"lease_id\":\"\",\"renewable\":false,\"lease_duration\":0,\"data\":{}}",
     "Vault's answer; send issuing_ca as ssl_ca"},
    {"{\"kind\":\"Secret\",\"data\":{\"tls.crt\":\"LS0t\"}}", "a Kubernetes object; send its PEM as ssl_ca"},
    {"{\"stringData\":{\"tls.crt\":\"x\"}}", "a Kubernetes object; send its PEM as ssl_ca"},
    {"{\"data\":{\"tls.crt\":\"LS0t\"}}", "a document around another one; ssl_ca, ssl_cert"},
    {"{\"Certificate\":\"x\",\"CertificateChain\":\"y\",\"PrivateKey\":\"z\"}",
     "ACM's; send CertificateChain as ssl_ca"},
    {"{\"ca_chain\":[\"x\"],\"certificate\":\"x\"}", "Vault's answer; send issuing_ca as ssl_ca"},
    {"{\"ARN\":\"x\",\"Name\":\"y\",\"SecretString\":\"{}\"}", "Secrets Manager's answer"},
    {"{\"caCertificate\":\"x\",\"clientKey\":\"y\"}", "Cloud SQL's; send caCertificate as ssl_ca"},
    {"{\"serverCaCert\":{\"cert\":\"x\"},\"clientCert\":{\"certInfo\":{}}}", "clientCert.certInfo.cert ssl_cert"},
    {"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"data\":{\"ca.pem\":\"x\"}}",
     "a Kubernetes object; send its PEM as ssl_ca"},
    {"{\"request_id\":\"x\",\"lease_id\":\"\",\"renewable\":false,\"data\":{\"certificate\":\"x\"}}", "Vault's answer"},
    {"{\"svids\":[{}]}", "SPIRE's answer"},
    {"{\"Certificates\":[{}]}", "send one element of DMS's Certificates"},
    {"{\"Certificate\":{\"CertificateArn\":\"x\"}}", "send its Certificate alone"},
};

TEST(a_document_of_another_system_is_named_in_the_message)
{
    for (size_t i = 0; i < COUNT_OF(foreign); i++) {
        CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
        struct fault f = {0};
        law_expect(request_of(foreign[i].document, &request, &f), &f, REASON_UNKNOWN_FIELD);
        if (strstr(f.message, foreign[i].sentence) == NULL || strstr(f.message, "...") != NULL)
            fail_msg("%s: %s", foreign[i].document, f.message);
    }
}
