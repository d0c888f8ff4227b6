#include "fs/state/answered.h"

#include "core/set/generation.h"
#include "fs/state/pin.h"

/* ---- a request that comes again ---- */

bool answered_is_again(const struct pin *pin, uint64_t request)
{
    return request != 0 && pin->request == request;
}

void answered_note(struct pins *pins, struct pin *pin, uint64_t request, const struct generation *answer)
{
    pin->request = request;
    pin->answer = answer == NULL ? 0 : answer->number;
    pins_keep(pins, pin);
}

bool answered_find(const struct pin *pin, uint64_t request, struct generation *wanted, struct generation **ret)
{
    if (!answered_is_again(pin, request))
        return false;
    bool pinned = pin->generation != NULL && pin->generation->number == pin->answer;
    *ret = pin->answer == 0 ? NULL : pinned ? pin->generation : wanted;
    return pin->answer == 0 || (*ret != NULL && (*ret)->number == pin->answer);
}

bool answered_was_refused(const struct pin *pin, uint64_t request)
{
    return pin != NULL && answered_is_again(pin, request) && pin->answer == 0;
}

/* ---- refusals ---- */

bool answered_has_refusal(const struct pin *pin)
{
    return pin != NULL && pin->refused != 0;
}

void answered_forget_refusal(struct pins *pins, struct pin *pin)
{
    if (!answered_has_refusal(pin))
        return;
    pin->refused = 0;
    pins_keep(pins, pin);
}

static bool answered_is_refused(const struct pin *pin, enum material_file file, uint64_t number)
{
    return pin->refused == number && pin->refused_file == file;
}

bool answered_refuse(struct pin *pin, enum material_file file, uint64_t number)
{
    bool again = answered_is_refused(pin, file, number);
    pin->refused = number;
    pin->refused_file = file;
    return again;
}

bool answered_is_second_walk(const struct pin *pin, enum material_file file, uint64_t number)
{
    return pin->offered != 0 || (pin->refused != 0 && pin->refused_file == file && pin->refused != number);
}

bool answered_take_refusal(struct pins *pins, pid_t thread, uint64_t request, enum material_file file, uint64_t number)
{
    struct pin *pin;
    TAILQ_FOREACH(pin, &pins->oldest_first, order)
    {
        bool taken = answered_is_again(pin, request) && pin->answer == number;
        if (pin->thread != thread || (!taken && !answered_is_refused(pin, file, number)))
            continue;
        pin->refused = 0;
        pin->request = request;
        pin->answer = number;
        pins_keep(pins, pin);
        return true;
    }
    return false;
}
