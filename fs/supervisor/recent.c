#include "fs/supervisor/recent.h"

bool recent_note(struct recent *recent, uint64_t number)
{
    for (size_t i = 0; i < RECENT_MAX; i++)
        if (recent->numbers[i] == number)
            return false;
    recent->numbers[recent->next] = number;
    recent->next = (recent->next + 1) % RECENT_MAX;
    return true;
}
