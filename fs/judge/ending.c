#include "fs/judge/ending.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "fs/judge/confine.h"

enum { CPU_SOFT_MS = CONFINE_CPU_SOFT_S * 1000, DESCRIPTION_SIZE = 64 + FAULT_MESSAGE_SIZE };

/* The kernel sends SIGKILL where SIGXCPU was of no use. */
static bool ending_took_too_much(const struct report *report)
{
    if (report->kind != REPORT_ENDED || !WIFSIGNALED(report->status))
        return false;
    int signal = WTERMSIG(report->status);
    return signal == SIGXCPU || (signal == SIGKILL && report->cpu_ms >= CPU_SOFT_MS);
}

static const char *ending_name(int signal)
{
    return signal == SIGSYS ? "forbidden system call" : strsignal(signal);
}

/* The part of the message behind "the process that judged it": "died of signal 11 (Segmentation fault)" */
static void ending_describe(enum ending_how how, const struct report *report, char ret[static DESCRIPTION_SIZE])
{
    if (how == ENDING_NONSENSE)
        snprintf(ret, DESCRIPTION_SIZE, "answered what no judge answers");
    else if (WIFSIGNALED(report->status))
        snprintf(ret, DESCRIPTION_SIZE, "died of signal %d (%s)", WTERMSIG(report->status),
                 ending_name(WTERMSIG(report->status)));
    else
        snprintf(ret, DESCRIPTION_SIZE, "ended with status %d before it answered", WEXITSTATUS(report->status));
}

/* The zygote failed, and the judge may have been at work; judge_client.c starts another zygote. */
static int ending_explain_replaced(const struct report *report, char ret_line[static ENDING_LINE_SIZE], struct fault *f)
{
    snprintf(ret_line, ENDING_LINE_SIZE,
             "the process that judges documents %s and is replaced: a document is refused%s%s", report->text,
             f->message[0] != '\0' ? ": " : "", f->message);
    return fault_set(f, REASON_JUDGE_FAILED, "", "the process that judges documents %s and was replaced; send it again",
                     report->text);
}

int ending_explain(enum ending_how how, const struct report *report, int64_t limit_ms,
                   char ret_line[static ENDING_LINE_SIZE], struct fault *f)
{
    char what[DESCRIPTION_SIZE];
    ret_line[0] = '\0';
    if (ending_took_too_much(report))
        return fault_set(
            f, REASON_TOO_COSTLY, "",
            "judging it takes more than %d s of processor time: send fewer or smaller keys and certificates",
            CONFINE_CPU_SOFT_S);
    if (how == ENDING_LATE && report->kind == REPORT_ENDED)
        return fault_set(f, REASON_TOO_COSTLY, "",
                         "judging it takes more than %g s: send fewer or smaller keys and certificates, or try again "
                         "when the host is less busy",
                         (double)limit_ms / 1000);
    if (report->kind != REPORT_ENDED)
        return ending_explain_replaced(report, ret_line, f);
    ending_describe(how, report, what);
    snprintf(ret_line, ENDING_LINE_SIZE, "the process that judged a document %s: the document is refused%s%s", what,
             f->message[0] != '\0' ? ": " : "", f->message);
    return fault_set(f, REASON_JUDGE_FAILED, "", "the process that judged it %s; send it again", what);
}
