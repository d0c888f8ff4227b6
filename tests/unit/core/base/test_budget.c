#include "core/base/budget.h"

#include "tests/unit/lib/harness.h"

TEST(the_rest_can_be_spent_to_the_last_step)
{
    struct budget budget = {BUDGET_STEPS};
    struct fault f = {0};
    assert_int_equal(budget_spend(&budget, BUDGET_STEPS - 1, "ssl_ca", &f), 0);
    assert_int_equal(budget_spend(&budget, 1, "ssl_ca", &f), 0);
    assert_int_equal(budget_spend(&budget, 0, "ssl_ca", &f), 0);
    assert_int_equal(f.reason, REASON_NONE);
}

TEST(one_step_too_many_is_refused_and_empties_the_budget)
{
    struct budget budget = {10};
    struct fault f = {0}, again = {0};
    assert_int_equal(budget_spend(&budget, 11, "ssl_cert", &f), -1);
    assert_int_equal(f.reason, REASON_TOO_COSTLY);
    assert_string_equal(f.field, "ssl_cert");
    assert_int_equal(budget_spend(&budget, 1, "ssl_cert", &again), -1);
    assert_int_equal(again.reason, REASON_TOO_COSTLY);
}

TEST(a_price_near_the_largest_number_does_not_wrap)
{
    struct budget budget = {10};
    struct fault f = {0};
    assert_int_equal(budget_spend(&budget, UINT64_MAX, "ssl_key", &f), -1);
    assert_int_equal(f.reason, REASON_TOO_COSTLY);
}
