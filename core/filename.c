#include "core/filename.h"

#include <stdio.h>
#include <string.h>

#include "core/record_files.h"

static const char *skip(const char *text, const char *start)
{
    size_t length = strlen(start);
    return strncmp(text, start, length) == 0 ? text + length : NULL;
}

/* Nothing, or a dot and a number. */
static bool is_numbered(const char *text)
{
    return text[0] == '\0' || (text[0] == '.' && text[1] != '\0' && strspn(text + 1, "0123456789") == strlen(text + 1));
}

enum filename filename_of(const char *name)
{
    char record[RECORD_NAME_SIZE];
    const char *number = skip(name, "generation");
    if (number != NULL)
        return is_numbered(number) ? FILENAME_MARK : FILENAME_FOREIGN;
    snprintf(record, sizeof(record), "%s", name);
    if (!record_files_is_record(record))
        return FILENAME_FOREIGN;
    if (strcmp(name, record) == 0)
        return FILENAME_RECORD;
    number = skip(name + strlen(record), ".unopened");
    return number != NULL && is_numbered(number) ? FILENAME_UNOPENED : FILENAME_FOREIGN;
}
