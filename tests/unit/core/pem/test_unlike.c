#include "core/pem/unlike.h"

#include <string.h>

#include "tests/unit/lib/harness.h"

static const char in_base64[] =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJJakFOQmdrcWhraUc5dzBCQVFFRgotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCg==";
static const char twice[] =
    "TFMwdExTMUNSVWRKVGlCRFJWSlVTVVpKUTBGVVJTMHRMUzB0Q2sxSlNVSklha0ZPUW1kcmNXaHJhVWM1ZHpCQ1FWRkZSZ290TFMwdExVVk9SQT09";
static const char with_text[] = "QmFnIEF0dHJpYnV0ZXMKLS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJJag==";

static const struct {
    const char *text;
    const char *is;
} rows[] = {
    {in_base64, "it is base64 of PEM"},
    {" \"LS0tLS1CRUdJTiBDRVJUSUZJ\nQ0FURS0tLS0tCk1JSUJJakFO\"\n", "it is base64 of PEM"},
    {with_text, "it is base64 of PEM"},
    {twice, "it is base64 of base64 of PEM"},
    {"TFMwdExTMUNSVWRKVGlCRFJWSlVTVVpKUTBGVVJTMHRMUzB0Q2sxSlNVSkpha0ZPUW1kcmNRb3RMUzB0TFVWT1JDQkRSVkpVU1VaSlEwRlVSUzB0T"
     "FMwdENnPT0KCgo=",
     "it is base64 of base64 of PEM"},
    {"TFMwdExTMUNSVWRKVGlCRFJWSlVTVVpKUTBGVVJTMHRMUzB0Q2sxSlNVSkpha0ZPUW1kcmNRb3RMUzB0TFVWT1JDQkRSVkpVU1VaSlEwRlVSUzB0T"
     "FMwdENnPT0KCg==",
     "it is base64 of base64 of PEM"},
    {"MIIDSzCCAjOgAwIBAgIUK/fD1Htq9PupOTNgh+wBVWjxork=", "it is base64 without BEGIN and END lines"},
    {"MIIDSzCCAjOgAwIB\nAgIUK/fD1Htq9PupOTNgh+wBVWjxork=\n", "it is base64 without BEGIN and END lines"},
    {"/etc/mysql/ca.pem", "it is a file's name"},
    {"./ca", "it is a file's name"},
    {"~/ca.pem", "it is a file's name"},
    {"server-cert.pem", "it is a file's name"},
    {"tls.KEY", "it is a file's name"},
    {"C:\\certs\\ca.crt", "it is a file's name"},
    {"@ca.pem", "it is a file's name"},
    {"file:///etc/ca.pem", "it is a file's name"},
    {"fileb://ca.der", "it is a file's name"},
    {"https://example.com/ca.pem", "it is a URL"},
    {"arn:aws:acm:eu-west-1:123456789012:certificate/x", "it is an ARN"},
    {"pkcs11:token=x", "it names a key in a token"},
    {"<!DOCTYPE html><html>", "it is a web page or XML"},
    {"\n  <html>", "it is a web page or XML"},
    {"PuTTY-User-Key-File-3: ssh-rsa\n", "it is a PuTTY key"},
    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me", "it is a public SSH key"},
    {"{\"ca\":\"x\"}", "it is JSON"},
    {"${CA_PEM}", "it is a placeholder"},
    {"{{ ca }}", "it is a placeholder"},
    {"$(cat ca.pem)", "it is a shell command"},
    {"3082034b30820233a003", "it is DER in hexadecimal"},
    {"MHcCAQEEIJ1uqjxJyT1hO0OxyrEN2ZMbzSLQyKZTNr8XxqfR4nqwoAoGCCqGSM49AwEHoUQDQgAEYn0Zs4ymKcUnWTkWb8aGIGRbmH2t"
     "PbPUxP4Q3wq7yE9bTtVyZUYHDkPGIfYJ2bC1dYxqnNsU1O0k1g2mqAHI4Q==",
     "it is base64 without BEGIN and END lines; base64 -d, then"},
    {"MC4CAQAwBQYDK2VwBCIEIJ1uqjxJyT1hO0OxyrEN2ZMbzSLQyKZTNr8XxqfR4nqw", "it is base64 without BEGIN and END lines"},
    {"//4tAC0ALQAtAC0AQgBFAEcASQBOACAA", "it is base64 of UTF-16"},
    {"LQAtAC0ALQAtAEIARQBHAEkATgAgAEMA", "it is base64 of UTF-16"},
    {"H4sIAAAAAAAAA5VTyY6jMBC9", "it is base64 of gzip"},
    {"gs://bucket/ca.pem", "it is a URL"},
    {"/u3+7QAAAAIAAAABAAAAAQAGbXlzcWwAAAGLZ3", "it is base64 of a Java keystore"},
    {"TFMwdExTMUNSVWRKVGlCRFJWSlVTVVpKUTBGVVJTMHRMUzB0Q2c9PQ==", "it is base64 of base64 of PEM"},
    {"TFMwdExTMUNSVWRKVGlCRFJWSlVTVVpKUTBGVVJTMHRMUzB0Q2sxSlNVST0=", "it is base64 of base64 of PEM"},
    {"2d2d2d2d2d424547494e204345525449", "it is PEM in hexadecimal"},
    {"2D2D2D2D2D424547\n494E2043455254490A", "it is PEM in hexadecimal"},
    {"00000000: 3082 0170 3082 0116 a003 0201  0..p0.......\n", "it is a dump of xxd"},
    {"00000000: 2d2d 2d2d 2d42 4547 494e 2043  -----BEGI.\n", "it is a dump of xxd"},
    {"<your CA here>", "it is a placeholder"},
    {"<YOUR_CA>", "it is a placeholder"},
    {"<insert-certificate>", "it is a placeholder"},
    {"<?xml version=\"1.0\"?>", "it is a web page or XML"},
    {"<p class=\"x\">", "it is a web page or XML"},
    {"[CERTIFICATE]", "it is a placeholder"},
    {"[your certificate]", "it is a placeholder"},
    {"[\"a\", \"b\"]", "it is a list"},
    {"{% include \"ca\" %}", "it is a placeholder"},
    {"{# the CA #}", "it is a placeholder"},
    {"`cat ca.pem`", "it is a shell command"},
    {"<(cat ca.pem)", "it is a shell command"},
    {"data:application/x-pem-file;base64,LS0tLS1CRUdJTiBD", "it is a data URI"},
    {"ca.crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJJakFOQmdrcQ==", "it is base64 of PEM"},
    {"!!binary LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJJakFOQmdrcQ==", "it is base64 of PEM"},
    {"vault:secret/data/db#ca", "it names a secret"},
    {"op://vault/item/ca", "it names a secret"},
    {"keystore.jks", "it is a file's name"},
    {"truststore.p12", "it is a file's name"},
    {"ca.pem.gpg", "it is a file's name"},
    {"secretsmanager://x/y", "it is a URL"},
    {"$SSL_CA", "it is a placeholder"},
    {"%SSL_CA%", "it is a placeholder"},
    {"<%= @ca %>", "it is a placeholder"},
    {"null", "it is the word of a variable that was empty"},
    {"None\n", "it is the word of a variable that was empty"},
    {"undefined", "it is the word of a variable that was empty"},
    {"[object Object]", "it is a script's name for an object"},
    {"(sensitive value)", "it is masked output"},
    {"*****", "it is masked output"},
    {"<redacted>", "it is masked output"},
    {"Certificate:\n    Data:\n        Version: 3 (0x2)\n", "it is the output of openssl x509 -text"},
    {"Private-Key: (2048 bit, 2 primes)\nmodulus:\n", "it is the output of openssl pkey -text"},
    {"30:82:03:4B:30:82:02:33\n", "it is DER in hexadecimal"},
    {"0x3077020101042012ab", "it is DER in hexadecimal"},
    {"302e020100300506032b6570", "it is DER in hexadecimal"},
    {"$5 a month", "it has no line -----BEGIN"},
    {"none yet", "it has no line -----BEGIN"},
    {"3082", "it has no line -----BEGIN"},
    /* Base64 of bytes that begin as a SEQUENCE does, of another length: 0123456789abcdefghij. */
    {"MDEyMzQ1Njc4OWFiY2RlZmdoaWo=", "it has no line -----BEGIN"},
    {"30 days from now", "it has no line -----BEGIN"},
    {"%2D%2D%2D%2D%2DBEGIN+CERT", "it is percent-encoded"},
    {"$ANSIBLE_VAULT;1.1;AES256", "it is encrypted by Ansible"},
    {"\xE2\x80\x94\xE2\x80\x94"
     "BEGIN CERTIFICATE",
     "its dashes are not hyphens"},
    {"# -----BEGIN CERTIFICATE-----\n", "its BEGIN lines are commented out"},
    {" \n", "it holds nothing but white space"},
    {"", "it holds nothing but white space"},
    {"no certificate yet", "it has no line -----BEGIN"},
    {"secret", "it has no line -----BEGIN"},
    {"the file is in /etc/mysql/ca.pem", "it has no line -----BEGIN"},
    {"MII", "it has no line -----BEGIN"},
    {"Most of the time a sentence is a sentence", "it has no line -----BEGIN"},
};

TEST(a_text_without_pem_is_described)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strstr(unlike_pem(span_of(rows[i].text)), rows[i].is) != unlike_pem(span_of(rows[i].text)))
            fail_msg("%s: %s", rows[i].text, unlike_pem(span_of(rows[i].text)));
}

/* With the longest name of a member in front, the message is still complete. */
TEST(every_message_fits)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_true(strlen("CertificatePem is not PEM: ") + strlen(unlike_pem(span_of(rows[i].text))) <
                    FAULT_MESSAGE_SIZE);
}
