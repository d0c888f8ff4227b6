#include "core/pem/unlike.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "core/pem/body.h"
#include "core/pem/der.h"
#include "core/pem/separator.h"
#include "core/pem/structure.h"

enum { DECODED_MAX = 3 * 1024, PATH_MAX_BYTES = 4096, HEXADECIMAL_MIN = 16 /* digits */ };

static bool unlike_starts_with_any_case(struct span text, const char *start)
{
    size_t length = strlen(start);
    return text.len >= length && strncasecmp((const char *)text.data, start, length) == 0;
}

/* Removes white space and quotes at both ends. */
static struct span unlike_trim(struct span text)
{
    size_t length;
    while (separator_at(text, &length) != NO_SEPARATOR || (text.len > 0 && strchr("'\"", text.data[0]) != NULL))
        text = span_from(text, length);
    while (text.len > 0 && (isspace(text.data[text.len - 1]) || strchr("'\"", text.data[text.len - 1]) != NULL))
        text.len--;
    return text;
}

/* Texts that are recognised by their beginning. */
static const struct {
    const char *start;
    const char *is;
} starts[] = {
    {"file:", "it is a file's name; the text of the file is expected"},
    {"fileb:", "it is a file's name; the text of the file is expected"},
    {"@", "it is a file's name; the text of the file is expected"},
    {"pkcs11:", "it names a key in a token; the text of a key is expected"},
    {"arn:", "it is an ARN; the text of the certificate or key is expected"},
    {"vault:", "it names a secret; the text that it stands for is expected"},
    {"op://", "it names a secret; the text that it stands for is expected"},
    {"ref+", "it names a secret; the text that it stands for is expected"},
    {"data:", "it is a data URI; base64 -d the text after its comma"},
    {"<(", "it is a shell command that was not executed"},
    {"`", "it is a shell command that was not executed"},
    {"{%", "it is a placeholder that was not filled in"},
    {"{#", "it is a placeholder that was not filled in"},
    {"<%", "it is a placeholder that was not filled in"},
    {"<redacted", "it is masked output; the text itself is expected"},
    {"(sensitive", "it is masked output; the text itself is expected"},
    {"***", "it is masked output; the text itself is expected"},
    {"{{", "it is a placeholder that was not filled in"},
    {"${", "it is a placeholder that was not filled in"},
    {"$(", "it is a shell command that was not executed"},
    {"{", "it is JSON; give the PEM text that is in it"},
    {"[object ", "it is a script's name for an object; give the PEM text that is in it"},
    {"PuTTY-User-Key-File", "it is a PuTTY key; export it with puttygen -O private-openssh"},
    {"ssh-", "it is a public SSH key; a PEM file is expected"},
    {"ecdsa-sha2-", "it is a public SSH key; a PEM file is expected"},
    {"$ANSIBLE_VAULT", "it is encrypted by Ansible; decrypt it first"},
    {"ENC[", "it is encrypted by sops or eyaml; decrypt it first"},
    {"%2D%2D%2D%2D%2DBEGIN", "it is percent-encoded; decode it first"},
    {"Certificate:", "it is the output of openssl x509 -text; the PEM block itself is expected"},
    {"Private-Key:", "it is the output of openssl pkey -text; the PEM block itself is expected"},
    {"2d2d2d2d2d", "it is PEM in hexadecimal; decode it first (xxd -r -p)"},
    {"00000000: ", "it is a dump of xxd; xxd -r makes the file again"},
    {"H4sI", "it is base64 of gzip; decode it first (base64 -d | gunzip)"},
};

static const char *unlike_by_start(struct span text)
{
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
        if (unlike_starts_with_any_case(text, starts[i].start))
            return starts[i].is;
    return NULL;
}

/* A variable in place of its value, or the word that stands for an empty one. */
static const char *unlike_by_variable(struct span text)
{
    static const char *const nothing[] = {"null", "nil", "none", "undefined"};
    bool shell = text.len > 1 && text.data[0] == '$' && (isalpha(text.data[1]) || text.data[1] == '_');
    bool windows = text.len > 2 && text.data[0] == '%' && text.data[text.len - 1] == '%';
    if ((shell || windows) && !span_holds(text, " "))
        return "it is a placeholder that was not filled in";
    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
        if (text.len == strlen(nothing[i]) && unlike_starts_with_any_case(text, nothing[i]))
            return "it is the word of a variable that was empty";
    return NULL;
}

/* Words in angle or square brackets, such as <your CA here>; neither a tag of a web page nor a list. */
static bool unlike_is_bracketed(struct span text)
{
    bool lower = false, gap = false;
    if (text.len < 3 || (span_starts_with(text, "<") ? '>' : ']') != text.data[text.len - 1])
        return false;
    for (size_t i = 1; i < text.len - 1; i++) {
        if (!isalnum(text.data[i]) && strchr(" -_.", text.data[i]) == NULL)
            return false;
        lower |= islower(text.data[i]) != 0;
        gap |= !isalnum(text.data[i]);
    }
    return gap || !lower;
}

static const char *unlike_by_bracket(struct span text)
{
    if (text.data[0] != '<' && text.data[0] != '[')
        return NULL;
    if (unlike_is_bracketed(text))
        return "it is a placeholder that was not filled in";
    return text.data[0] == '<' ? "it is a web page or XML; the PEM file itself is expected"
                               : "it is a list; give the PEM text that is in it";
}

/* A scheme of letters and digits, and :// behind it. */
static bool unlike_is_address(struct span text)
{
    size_t length = 0;
    while (length < text.len && isalnum(text.data[length]))
        length++;
    return length > 0 && span_starts_with(span_from(text, length), "://");
}

/* A SEQUENCE's tag and more; xxd skips what stands between the digits. */
static bool unlike_is_hexadecimal(struct span text)
{
    size_t digits = 0;
    if (unlike_starts_with_any_case(text, "0x"))
        text = span_from(text, 2);
    if (!span_starts_with(text, "30"))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (isxdigit(text.data[i]))
            digits++;
        else if (!isspace(text.data[i]) && text.data[i] != ':')
            return false;
    }
    return digits >= HEXADECIMAL_MIN;
}

static bool unlike_ends_with(struct span text, const char *end)
{
    size_t length = strlen(end);
    return text.len >= length && strncasecmp((const char *)text.data + text.len - length, end, length) == 0;
}

/* True for a word that starts like a path or ends like a file name. */
static bool unlike_is_path(struct span text)
{
    static const char *const ends[] = {".pem",    ".crt", ".cer", ".key", ".der", ".p12",      ".pfx",
                                       ".p7b",    ".txt", ".ca",  ".jks", ".ks",  ".keystore", ".truststore",
                                       ".pkcs12", ".p7c", ".csr", ".crl", ".pub", ".gpg"};
    if (text.len == 0 || text.len > PATH_MAX_BYTES || span_holds(text, "\n") || span_holds(text, "\r"))
        return false;
    if (strchr("/~.", text.data[0]) != NULL && span_holds(text, "/"))
        return true;
    if (text.len > 2 && isalpha(text.data[0]) && text.data[1] == ':' && strchr("\\/", text.data[2]) != NULL)
        return true;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (unlike_ends_with(text, ends[i]))
            return !span_holds(text, " ");
    return false;
}

/* Removes the name in front of base64, as in a file of YAML. */
static struct span unlike_skip_name(struct span text)
{
    struct body_line found = body_find(separator_line(text));
    return found.kind == BODY_START ? span_from(text, found.before.len) : text;
}

/* Decodes the beginning of base64; returns 0 if the text is not base64. */
static size_t unlike_decode_start(struct span text, unsigned char ret[DECODED_MAX])
{
    unsigned char base64[DECODED_MAX / 3 * 4];
    size_t count = 0, length;
    while (text.len > 0 && count < sizeof(base64)) {
        if (separator_at(text, &length) == NO_SEPARATOR) {
            if (!is_base64(text.data[0]))
                return 0;
            base64[count++] = text.data[0];
        }
        text = span_from(text, length);
    }
    if (count < 4)
        return 0;
    size_t padding = 0; /* which EVP_DecodeBlock counts as bytes */
    while (padding < 2 && padding < count && base64[count - 1 - padding] == '=')
        padding++;
    int decoded = EVP_DecodeBlock(ret, base64, (int)(count / 4 * 4));
    buf_wipe(base64, sizeof(base64));
    return decoded > (int)padding ? (size_t)decoded - padding : 0;
}

/* The beginning of a long element, or a whole short one, behind which padding of base64 has left bytes. */
static bool unlike_is_der(struct span bytes)
{
    if (bytes.len <= 16 || bytes.data[0] != DER_SEQUENCE)
        return false;
    size_t length = bytes.data[1];
    return length >= 0x80 || (bytes.len >= length + 2 && bytes.len <= length + 4);
}

static const char *unlike_by_base64(struct span text, unsigned char bytes[DECODED_MAX], bool again)
{
    struct span decoded = {bytes, unlike_decode_start(text, bytes)};
    if (span_holds(decoded, "-----BEGIN "))
        return again ? "it is base64 of base64 of PEM; decode it twice (base64 -d)"
                     : "it is base64 of PEM; decode it first (base64 -d)";
    if (span_starts_with(decoded, "\xFE\xED\xFE\xED"))
        return "it is base64 of a Java keystore; base64 -d, then keytool -exportcert -rfc";
    if (structure_of(decoded) == STRUCTURE_PKCS7)
        return "it is base64 of a PKCS#7 bundle; base64 -d, then openssl pkcs7 -inform DER -print_certs";
    if (structure_of(decoded) == STRUCTURE_PKCS12)
        return "it is base64 of a PKCS#12 file; base64 -d, then openssl pkcs12 -nodes";
    if (span_starts_with(decoded, "\xFF\xFE") || (decoded.len > 4 && memcmp(decoded.data, "-\0-\0", 4) == 0))
        return "it is base64 of UTF-16; decode it first (base64 -d | iconv -f UTF-16LE)";
    if (unlike_is_der(decoded))
        return "it is base64 without BEGIN and END lines; base64 -d, then openssl x509 or pkey -inform DER";
    return NULL;
}

static const char *unlike_as_base64(struct span text)
{
    unsigned char bytes[DECODED_MAX], inner[DECODED_MAX];
    const char *is = unlike_by_base64(unlike_skip_name(text), bytes, false);
    if (is == NULL)
        is = unlike_by_base64((struct span){bytes, unlike_decode_start(text, bytes)}, inner, true);
    buf_wipe(bytes, sizeof(bytes));
    buf_wipe(inner, sizeof(inner));
    return is;
}

const char *unlike_pem(struct span text)
{
    text = unlike_trim(text);
    if (text.len == 0)
        return "it holds nothing but white space";
    if (span_holds(text, "-----BEGIN "))
        return "its BEGIN lines are commented out or inside a sentence";
    if (span_holds(text, "\xE2\x80\x93") || span_holds(text, "\xE2\x80\x94"))
        return "its dashes are not hyphens: a word processor changed them; use the original file";
    const char *is = unlike_by_start(text);
    if (is == NULL)
        is = unlike_by_bracket(text);
    if (is == NULL)
        is = unlike_by_variable(text);
    if (is == NULL && unlike_is_address(text))
        is = "it is a URL; its content is expected";
    if (is == NULL && unlike_is_hexadecimal(text))
        is = "it is DER in hexadecimal; xxd -r -p, then openssl x509 or pkey -inform DER";
    if (is == NULL)
        is = unlike_as_base64(text); /* may begin with a slash */
    if (is == NULL && unlike_is_path(text))
        is = "it is a file's name; the text of the file is expected";
    return is != NULL ? is : "it has no line -----BEGIN ...-----";
}
