#include "core/store/filename.h"

#include <stdio.h>
#include <string.h>

#include "core/store/mark.h"
#include "core/store/record_files.h"

/* ".unopened", and maybe a dot and a number. */
static bool filename_is_unopened(const char *ending)
{
    static const char start[] = ".unopened";
    if (strncmp(ending, start, sizeof(start) - 1) != 0)
        return false;
    const char *number = ending + sizeof(start) - 1;
    return number[0] == '\0' ||
           (number[0] == '.' && number[1] != '\0' && strspn(number + 1, "0123456789") == strlen(number + 1));
}

enum filename filename_of(const char *name)
{
    char record[RECORD_NAME_SIZE];
    if (mark_is_name(name))
        return FILENAME_MARK;
    snprintf(record, sizeof(record), "%s", name);
    if (!record_files_is_record(record))
        return FILENAME_FOREIGN;
    if (strcmp(name, record) == 0)
        return FILENAME_RECORD;
    return filename_is_unopened(name + strlen(record)) ? FILENAME_UNOPENED : FILENAME_FOREIGN;
}
