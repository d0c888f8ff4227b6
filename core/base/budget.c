#include "core/base/budget.h"

int budget_spend(struct budget *budget, uint64_t steps, const char *field, struct fault *f)
{
    if (steps <= budget->left) {
        budget->left -= steps;
        return 0;
    }
    budget->left = 0;
    return fault_set(f, REASON_TOO_COSTLY, field,
                     "validating %s takes too much work: give fewer certificates, smaller keys or fewer names", field);
}
