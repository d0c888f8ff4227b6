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

__attribute__((format(printf, 2, 0))) static void write_line(char text[static LOG_LINE_SIZE], const char *format,
                                                             va_list arguments)
{
    vsnprintf(text, LOG_LINE_SIZE, format, arguments);
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
}

void log_say(const char *format, ...)
{
    char text[LOG_LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    write_line(text, format, arguments);
    va_end(arguments);
    dprintf(STDERR_FILENO, "certfs: %s\n", text);
}

void log_line(int priority, const char *format, ...)
{
    char text[LOG_LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    write_line(text, format, arguments);
    va_end(arguments);
    if (in_background)
        syslog(priority, "%s", text);
    else
        log_say("%s", text);
}
