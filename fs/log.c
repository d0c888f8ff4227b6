#include "fs/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

static bool in_background;

void log_to_syslog(void)
{
    openlog("certfs", LOG_PID, LOG_DAEMON);
    in_background = true;
}

void log_clean(char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
}

void log_line(int priority, const char *format, ...)
{
    char text[LOG_LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    log_clean(text);
    if (in_background)
        syslog(priority, "%s", text);
    else
        dprintf(STDERR_FILENO, "certfs: %s\n", text);
}
