/*
 * seal: what lies in the store is opened only if it is exactly what we would have written. The seeds are sealed with
 * the key below; whatever opens is sealed again, and must then be as long and differ in what is random alone.
 */
#include "tests/fuzz/oracle.h"

#include <openssl/err.h>

#include "core/store/seal.h"

static const unsigned char key[KEK_SIZE + 1] = "0123456789abcdef0123456789abcdef";

static void seal_again(struct span sealed, struct span text, const char *id)
{
    struct buf again = {0}, opened = {0};
    struct fault f = {0};
    oracle_require(oracle_law(seal_close(text, (struct span){key, KEK_SIZE}, id, &again, &f), &f), "it can be sealed");
    oracle_require(again.len == sealed.len, "what opens is as long as what we write");
    oracle_require(oracle_law(seal_open(buf_span(&again), (struct span){key, KEK_SIZE}, id, &opened, &f), &f) &&
                       span_equal(buf_span(&opened), text),
                   "what is sealed opens to what it was");
    buf_done(&again);
    buf_done(&opened);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span sealed = {data, size};
    struct buf text = {0};
    char id[KEK_ID_MAX + 1] = "";
    struct fault f = {0};
    if (oracle_law(seal_key_id(sealed, id, &f), &f)) {
        oracle_require(kek_is_id(id), "the identifier is one");
        if (oracle_law(seal_open(sealed, (struct span){key, KEK_SIZE}, id, &text, &f), &f))
            seal_again(sealed, buf_span(&text), id);
        else
            oracle_require(text.len == 0, "what does not open gives nothing");
    }
    oracle_require(ERR_peek_error() == 0, "the error queue is empty");
    buf_done(&text);
    return 0;
}
