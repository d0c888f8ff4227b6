#include "tests/bench/plain.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/pem.h>

enum { RECORD_MAX = 65536, NAME_LENGTH = 64, KEY_SIZE = 32 };

static size_t read_record(const char *folder, const char *name, unsigned char *bytes)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    size_t size = file == NULL ? 0 : fread(bytes, 1, RECORD_MAX, file);
    if (file != NULL)
        fclose(file);
    return size < RECORD_MAX ? size : 0;
}

static BIO *decrypt(const unsigned char *bytes, size_t size, const unsigned char *key)
{
    unsigned char own_key[KEY_SIZE];
    memcpy(own_key, key, KEY_SIZE);
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &bytes, (long)size);
    BIO *text = BIO_new(BIO_s_mem());
    bool opened = cms != NULL && CMS_decrypt_set1_key(cms, own_key, KEY_SIZE, NULL, 0) == 1 &&
                  CMS_decrypt(cms, NULL, NULL, NULL, text, 0) == 1;
    CMS_ContentInfo_free(cms);
    if (opened)
        return text;
    BIO_free(text);
    return NULL;
}

/* The value of a member of our own records, in place: \n is all that is escaped in it. */
static BIO *take_member(char *text, const char *begin)
{
    char *from = strstr(text, begin);
    if (from == NULL)
        return NULL;
    from += strlen(begin);
    char *to = from;
    const char *start = from;
    for (; *from != '"' && *from != '\0'; from++) {
        bool escaped = from[0] == '\\' && from[1] == 'n';
        from += escaped;
        *to++ = escaped ? '\n' : *from;
    }
    return BIO_new_mem_buf(start, (int)(to - start));
}

static bool parse_certificates(char *text, const char *begin)
{
    BIO *pem = take_member(text, begin);
    STACK_OF(X509_INFO) *list = pem == NULL ? NULL : PEM_X509_INFO_read_bio(pem, NULL, NULL, NULL);
    bool parsed = list != NULL && sk_X509_INFO_num(list) > 0;
    sk_X509_INFO_pop_free(list, X509_INFO_free);
    BIO_free(pem);
    return parsed;
}

static bool parse_key(char *text)
{
    BIO *pem = take_member(text, "\"ssl_key\":\"");
    EVP_PKEY *key = pem == NULL ? NULL : PEM_read_bio_PrivateKey(pem, NULL, NULL, NULL);
    bool parsed = key != NULL;
    EVP_PKEY_free(key);
    BIO_free(pem);
    return parsed;
}

/* From the last member to the first, for taking one writes into the text. */
static bool parse(BIO *document)
{
    char *text = NULL;
    if (BIO_write(document, "", 1) != 1 || BIO_get_mem_data(document, &text) < 1)
        return false;
    return parse_key(text) && parse_certificates(text, "\"ssl_cert\":\"") && parse_certificates(text, "\"ssl_ca\":\"");
}

static bool open_one(const char *folder, const char *name, const unsigned char *key)
{
    static unsigned char bytes[RECORD_MAX];
    size_t size = read_record(folder, name, bytes);
    BIO *document = size == 0 ? NULL : decrypt(bytes, size, key);
    bool opened = document != NULL && parse(document);
    BIO_free(document);
    return opened;
}

size_t plain_open_all(const char *folder, const unsigned char *key)
{
    size_t count = 0;
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (strlen(entry->d_name) != NAME_LENGTH)
            continue;
        if (!open_one(folder, entry->d_name, key)) {
            count = 0;
            break;
        }
        count++;
    }
    if (directory != NULL)
        closedir(directory);
    return count;
}
