#include "fs/problems.h"

#include <stdio.h>

void problems_add(void *problems, const char *sentence)
{
    struct problems *p = problems;
    if (p->count == PROBLEMS_MAX)
        p->unlisted++;
    else
        snprintf(p->sentences[p->count++], PROBLEMS_SIZE, "%s", sentence);
}
