#include "tests/unit/lib/x509_list.h"

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"

STACK_OF(X509) *list_of(X509 *a, X509 *b, X509 *c)
{
    STACK_OF(X509) *list = sk_X509_new_null();
    assert_non_null(list);
    X509 *const items[] = {a, b, c};
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        if (items[i] == NULL)
            continue;
        assert_int_equal(X509_up_ref(items[i]), 1);
        assert_true(sk_X509_push(list, items[i]) > 0);
    }
    return list;
}

static bool keep(const struct path *path, void *context, struct fault *f)
{
    (void)f;
    *(struct path *)context = *path;
    return true;
}

int find_path_within(X509 *leaf, STACK_OF(X509) *chain, STACK_OF(X509) *anchors, struct budget *budget,
                     struct path *ret, struct fault *f)
{
    const struct path_terms policy = {leaf, chain, anchors, PKI_NOW, budget};
    struct path longest;
    *ret = (struct path){.length = 0};
    if (path_each(&policy, keep, ret, &longest, f) != 0)
        return -1;
    if (ret->length == 0)
        *ret = longest;
    return 0;
}

void find_path(X509 *leaf, STACK_OF(X509) *chain, STACK_OF(X509) *anchors, struct path *ret)
{
    struct budget budget = {BUDGET_STEPS};
    struct fault f = {0};
    law_expect(find_path_within(leaf, chain, anchors, &budget, ret, &f), &f, REASON_NONE);
}

void judge_given(X509 *leaf, const struct given *given, struct path *ret_path, struct verdict *ret)
{
    struct budget budget = {BUDGET_STEPS};
    struct fault f = {0};
    find_path(leaf, given->chain, given->anchors, ret_path);
    law_expect(judge_path(ret_path, given, PKI_NOW, &budget, ret, &f), &f, REASON_NONE);
}
