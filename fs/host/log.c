#include "fs/host/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/text.h"
#include "fs/host/clock.h"

enum {
    PREFIX_SIZE = 64,
    WAITING_MAX = 256 * 1024,
    RESERVED = 64 * 1024, /* of these, not for lines of the worker and of LOG_INFO */
    END_MS = 1000,
};

struct line {
    STAILQ_ENTRY(line) order;
    size_t length;
    char text[];
};

STAILQ_HEAD(lines, line);

static struct {
    const char *syslog; /* path of the socket; NULL: standard error */
    int fd;             /* -1: not open */
    struct lines waiting;
    size_t size;    /* bytes in `waiting` */
    size_t written; /* bytes of the first line: a terminal or a pipe may take a part */
    uint64_t lost;
} out = {.fd = -1, .waiting = STAILQ_HEAD_INITIALIZER(out.waiting)};

void log_to_syslog(const char *socket)
{
    log_end();
    out.syslog = socket;
}

/* ---- output ---- */

/*
 * Reopens standard error so that O_NONBLOCK does not affect processes that share its file description. If it cannot be
 * reopened, log_offer polls before each write.
 */
static int log_open_standard_error(void)
{
    struct stat facts;
    bool reopens = isatty(STDERR_FILENO) || (fstat(STDERR_FILENO, &facts) == 0 && S_ISFIFO(facts.st_mode));
    int fd = reopens ? open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;
    return fd >= 0 ? fd : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

static int log_open_syslog(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", out.syslog);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool log_ensure_open(void)
{
    if (out.fd < 0)
        out.fd = out.syslog != NULL ? log_open_syslog() : log_open_standard_error();
    return out.fd >= 0;
}

static void log_close_out(void)
{
    close_fd(&out.fd);
    out.fd = -1;
}

/* As write(2), but never blocks. */
static ssize_t log_offer(const char *text, size_t length)
{
    ssize_t sent = send(out.fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0 || errno != ENOTSOCK)
        return sent;
    struct pollfd room = {.fd = out.fd, .events = POLLOUT};
    if (poll(&room, 1, 0) == 1)
        return write(out.fd, text, length);
    errno = EAGAIN;
    return -1;
}

/* Returns false to retry later. A restarted syslog has a new socket, so it is reopened, once per flush. */
static bool log_recover(int os_errno, bool *reopened)
{
    if (os_errno == EAGAIN || os_errno == ENOBUFS || os_errno == ENOMEM || os_errno == EINTR)
        return false;
    if (out.syslog == NULL) {
        out.written = STAILQ_FIRST(&out.waiting)->length; /* skip the line: standard error is closed */
        return true;
    }
    log_close_out();
    bool first = !*reopened;
    *reopened = true;
    return first;
}

/* ---- the buffer ---- */

static void log_remove_first(void)
{
    struct line *line = STAILQ_FIRST(&out.waiting);
    STAILQ_REMOVE_HEAD(&out.waiting, order);
    out.size -= line->length;
    out.written = 0;
    free(line);
}

static void log_flush(void)
{
    struct line *line;
    bool reopened = false;
    while (log_ensure_open() && (line = STAILQ_FIRST(&out.waiting)) != NULL) {
        ssize_t sent = log_offer(line->text + out.written, line->length - out.written);
        if (sent < 0 && !log_recover(errno, &reopened))
            return;
        if (sent > 0)
            out.written += (size_t)sent;
        if (out.written == line->length)
            log_remove_first();
    }
}

/* The text in front of a line; for syslog that of RFC 3164, in local time, as syslog(3) writes it. */
static void log_write_prefix(int priority, char ret[static PREFIX_SIZE])
{
    char date[32] = "";
    time_t now = time(NULL);
    struct tm parts;
    if (out.syslog == NULL) {
        snprintf(ret, PREFIX_SIZE, "certfs: ");
        return;
    }
    if (localtime_r(&now, &parts) != NULL)
        strftime(date, sizeof(date), "%b %e %T", &parts);
    snprintf(ret, PREFIX_SIZE, "<%d>%s certfs[%d]: ", LOG_DAEMON | LOG_PRI(priority), date, (int)getpid());
}

static void log_append(const char *text, size_t most)
{
    size_t length = strlen(text);
    struct line *line = out.size + length > most ? NULL : malloc(sizeof(*line) + length + 1);
    if (line == NULL) {
        out.lost++;
        return;
    }
    line->length = length;
    memcpy(line->text, text, length + 1);
    STAILQ_INSERT_TAIL(&out.waiting, line, order);
    out.size += length;
}

static void log_put(int priority, const char *text)
{
    char prefix[PREFIX_SIZE], whole[PREFIX_SIZE + LOG_LINE_SIZE + 1];
    log_write_prefix(priority, prefix);
    snprintf(whole, sizeof(whole), "%s%s%s", prefix, text, out.syslog == NULL ? "\n" : "");
    log_append(whole, LOG_PRI(priority) >= LOG_INFO ? WAITING_MAX - RESERVED : WAITING_MAX);
}

void log_append_waiting(const char *text)
{
    log_append(text, WAITING_MAX);
}

static void log_put_lost(void)
{
    char text[64];
    if (out.lost == 0 || out.size > WAITING_MAX / 2)
        return;
    snprintf(text, sizeof(text), "%" PRIu64 " lines were lost", out.lost);
    out.lost = 0;
    log_put(LOG_WARNING, text);
}

void log_step(void)
{
    log_flush();
    log_put_lost();
    log_flush();
}

bool log_has_room(void)
{
    return out.size + PREFIX_SIZE + LOG_LINE_SIZE <= WAITING_MAX - RESERVED;
}

int log_waits(void)
{
    return STAILQ_EMPTY(&out.waiting) ? -1 : out.fd;
}

int log_visit_waiting(int (*visit)(void *context, const char *text), void *context)
{
    const struct line *line;
    STAILQ_FOREACH(line, &out.waiting, order)
    {
        int result = visit(context, line == STAILQ_FIRST(&out.waiting) ? line->text + out.written : line->text);
        if (result != 0)
            return result;
    }
    return 0;
}

void log_end(void)
{
    struct pollfd room = {.events = POLLOUT};
    int64_t left, deadline = clock_ms(CLOCK_MONOTONIC) + END_MS;
    log_step();
    while ((room.fd = log_waits()) >= 0 && (left = deadline - clock_ms(CLOCK_MONOTONIC)) > 0 &&
           poll(&room, 1, (int)left) > 0)
        log_step();
    while (!STAILQ_EMPTY(&out.waiting))
        log_remove_first();
    log_close_out();
}

/* ---- writing lines ---- */

__attribute__((format(printf, 2, 0))) static void log_format(char text[static LOG_LINE_SIZE], const char *format,
                                                             va_list arguments)
{
    vsnprintf(text, LOG_LINE_SIZE, format, arguments);
    text_cut(text, LOG_LINE_SIZE);
    text_make_printable(text);
}

void log_stderr(const char *format, ...)
{
    char text[LOG_LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    log_format(text, format, arguments);
    va_end(arguments);
    dprintf(STDERR_FILENO, "certfs: %s\n", text);
}

void log_line(int priority, const char *format, ...)
{
    char text[LOG_LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    log_format(text, format, arguments);
    va_end(arguments);
    log_step();
    log_put(priority, text);
    log_step();
}
