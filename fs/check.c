#include "fs/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/action/answer.h"
#include "core/action/check.h"
#include "core/action/execute.h"
#include "core/action/outcome.h"
#include "core/base/base64.h"
#include "core/base/buf.h"
#include "core/json/frame.h"
#include "core/json/json.h"
#include "core/pem/wallet.h"
#include "core/request/request.h"
#include "fs/host/lockdown.h"
#include "fs/shown.h"
#include "fs/state/server.h"

enum { VALID = 0, REFUSED = 1, MISUSE = 2 };

/* The input: a document, or a wallet file that is wrapped in one. */
struct reading {
    struct frame *frame;
    struct buf wallet;
    bool begun;
};

static int check_add_piece(struct reading *r, struct span piece, struct fault *f)
{
    bool first = !r->begun;
    r->begun = true;
    if (r->wallet.len == 0 && !(first && wallet_begins(piece)))
        return frame_take(r->frame, piece, f);
    if (r->wallet.len + piece.len > FRAME_DOCUMENT_MAX)
        return fault_set(f, REASON_TOO_LARGE, "", "the wallet is larger than %d bytes", FRAME_DOCUMENT_MAX);
    return buf_append(&r->wallet, piece, f);
}

static int check_frame_wallet(struct span bytes, struct frame *frame, struct fault *f)
{
    CLEANUP(buf_done) struct buf text = {0};
    if (buf_append_text(&text, "{\"CertificateIdentifier\":\"wallet\",\"CertificateWallet\":\"", f) != 0 ||
        base64_encode(bytes, &text, f) != 0 || buf_append_text(&text, "\"}", f) != 0)
        return -1;
    return frame_take(frame, buf_span(&text), f);
}

/* As read(2), but the first piece is long enough to recognise a wallet, unless the input is shorter. */
static ssize_t check_read_piece(int fd, const struct reading *r, unsigned char *piece, size_t size)
{
    size_t used = 0;
    ssize_t length;
    do {
        length = read(fd, piece + used, size - used);
        used += length > 0 ? (size_t)length : 0;
    } while (length > 0 && !r->begun && used < WALLET_BEGIN_SIZE);
    return length < 0 ? length : (ssize_t)used;
}

/* Feeds the frame in pieces, as writes do, so that faults are the same as on a mount. */
static int check_read_pieces(int fd, struct reading *r, struct fault *f)
{
    unsigned char piece[4096];
    int result = 0;
    ssize_t length = 0;
    while (result == 0 && (length = check_read_piece(fd, r, piece, sizeof(piece))) > 0)
        result = check_add_piece(r, (struct span){piece, (size_t)length}, f);
    buf_wipe(piece, sizeof(piece));
    return length < 0 ? fault_set_errno(f, REASON_SYSTEM, errno, "cannot read the document") : result;
}

static int check_read_document(int fd, struct frame *frame, struct fault *f)
{
    struct reading r = {.frame = frame};
    int result = check_read_pieces(fd, &r, f);
    if (result == 0 && r.wallet.len > 0)
        result = check_frame_wallet(buf_span(&r.wallet), frame, f);
    buf_done(&r.wallet);
    if (result == 0 && !frame->complete)
        return frame_refuse_unfinished(frame, f);
    return result;
}

static int check_read_against(const char *path, struct frame *frame, struct fault *f)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot open the file of --against");
    return check_read_document(fd, frame, f);
}

static int check_report_misuse(const char *sentence)
{
    fprintf(stderr, "certfs: --check: %s\n", sentence);
    return MISUSE;
}

static int check_print_answer(const struct buf *answer, int status)
{
    bool written = fwrite(answer->data, 1, answer->len, stdout) == answer->len && fflush(stdout) == 0;
    return written ? status : check_report_misuse("the answer cannot be written");
}

static int check_report_refused(const struct fault *f, const struct outcome *outcome)
{
    CLEANUP(buf_done) struct buf answer = {0};
    struct fault unanswered = {.reason = REASON_NONE};
    int written = answer_write_fault(f, outcome, &answer, &unanswered);
    fprintf(stderr, "certfs: %s\n", f->message);
    return written == 0 ? check_print_answer(&answer, REFUSED) : REFUSED;
}

static int check_report_good(const struct outcome *outcome)
{
    CLEANUP(buf_done) struct buf answer = {0};
    struct fault unanswered = {.reason = REASON_NONE};
    int written = answer_write_outcome(outcome, &answer, &unanswered);
    fprintf(stderr, "certfs: good: %s\n", outcome->sentence);
    return written == 0 ? check_print_answer(&answer, VALID) : VALID;
}

/* A fault of OLD is misuse, not a refusal of the document. */
static bool check_is_about_against(const struct fault *f)
{
    return strncmp(f->field, "--against", strlen("--against")) == 0;
}

static int check_judge(const char *against, struct frame *old, struct frame *document)
{
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct fault f = {.reason = REASON_NONE};
    bool beside = against != NULL && shown_is_directory(against);
    if (against != NULL && !beside && check_read_against(against, old, &f) != 0)
        return check_report_misuse(f.message);
    if (check_read_document(STDIN_FILENO, document, &f) != 0)
        return f.reason == REASON_SYSTEM ? check_report_misuse(f.message) : check_report_refused(&f, NULL);
    int result =
        beside ? request_check_beside(&policy_default, shown_look, &against, document, server_now(), &outcome, &f)
               : request_check(&policy_default, against == NULL ? NULL : old, document, server_now(), &outcome, &f);
    if (result == 0)
        return check_report_good(&outcome);
    return check_is_about_against(&f) ? check_report_misuse(f.message) : check_report_refused(&f, &outcome);
}

int check_run(const char *against)
{
    char problem[LOCKDOWN_PROBLEM_SIZE];
    CLEANUP(frame_done) struct frame old = {.complete = false};
    CLEANUP(frame_done) struct frame document = {.complete = false};
    if (lockdown_enter(NULL, problem) != 0)
        return check_report_misuse(problem);
    json_init();
    return check_judge(against, &old, &document);
}
