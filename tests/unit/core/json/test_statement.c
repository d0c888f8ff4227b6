/* The statement of AWS's page as a document: its head, its quotes and its end. */
#include "core/json/frame.h"

#include <string.h>

#include "tests/unit/lib/frame_pieces.h"
#include "tests/unit/lib/harness.h"

#define CALL "call mysql.rds_import_binlog_ssl_material("

TEST(the_statement_printed_by_aws_is_accepted)
{
    frame_pieces_expect((const char *const[]){CALL "'{\"a\":1}');", NULL}, "{\"a\":1}");
    frame_pieces_expect((const char *const[]){CALL "\n'{\"a\":\"b\nc\"}'\n)\n", NULL}, "{\"a\":\"b\nc\"}");
    frame_pieces_expect((const char *const[]){" \nCALL\tmysql.rds_Import_binlog_ssl_material ( ' {} ' ) ; \n", NULL},
                        "{}");
    const char *const pieces[] = {"c", "all mysql.rds_import_binlog", "_ssl_material('", "{}", "'", ")", ";", NULL};
    frame_pieces_expect(pieces, "{}");
    static const char closed[] = CALL "'{}')";
    frame_pieces_expect((const char *const[]){closed, "\n", ";", "\n", NULL}, "{}");
}

TEST(a_statement_may_be_written_and_ended_as_clients_of_mysql_take_it)
{
    static const char *const statements[] = {
        "call mysql . rds_import_binlog_ssl_material ('{}');",
        "call `mysql`.`rds_import_binlog_ssl_material`('{}');",
        "call rds_import_binlog_ssl_material('{}');",
        "CALL `rds_import_binlog_ssl_material` ( '{}' ) ;;",
        CALL "'{}')\\G",
        CALL "'{}') \\g\n",
    };
    for (size_t i = 0; i < COUNT_OF(statements); i++)
        frame_pieces_expect((const char *const[]){statements[i], NULL}, "{}");
}

TEST(an_invalid_statement_is_refused)
{
    static const char *const pieces[] = {
        "callx",        "call mysql.rds_remove", CALL "{}",      CALL "''", CALL "'{}x",   CALL "'{}';", CALL "'{}'))",
        CALL "'{}');(", CALL "'{}');x",          CALL "'{}') x", "ca{}",    CALL "\"{}\"", "{});"};
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        struct frame frame = {0};
        struct fault f = {0};
        law_expect(frame_pieces_take(&frame, pieces[i], &f), &f, REASON_MALFORMED_JSON);
        frame_done(&frame);
    }
}

static const struct {
    const char *text, *sentence;
} halves[] = {
    {CALL "{}');", "line 1, column 43: the single quote ' that opens the payload is missing"},
    {CALL "\"{}\");", "line 1, column 43: single quotes ' stand around the payload, not double ones"},
    {CALL "@p);", "line 1, column 43: the payload itself is expected here, not a variable"},
    {CALL "\xE2\x80\x98{}", "line 1, column 43: single quotes ' stand around the payload, not typographic ones"},
    {CALL "N'{}');", "line 1, column 43: leave out what stands between the parenthesis"},
    {CALL "_utf8'{}');", "line 1, column 43: leave out what stands between the parenthesis"},
    {CALL "'{\\\"a\\\":1}');", "column 45: a member name in double quotes is expected, not escaped ones: leave out"},
    {"call mysql.rds_remove_binlog_ssl_material;",
     "column 16: only rds_import_binlog_ssl_material is a statement here; others"},
    {"call mysql.rds_set_external_master('h');",
     "column 16: only rds_import_binlog_ssl_material is a statement here; others"},
    {"mysql> " CALL "'{}');", "line 1, column 1: a JSON object is expected: {, or one call statement alone, without"},
    {"use mysql;\n" CALL "'{}');", "or one call statement alone"},
    {"-- import\n" CALL "'{}');", "this is bare PEM text, or a comment"},
    {CALL "\n {}');", "line 2, column 2: the single quote ' that opens the payload is missing"},
    {CALL "'{});", "line 1, column 46: the single quote ' that closes the payload is missing"},
    {CALL "'{}\n);", "line 2, column 1: the single quote ' that closes the payload is missing"},
    {CALL "'{}\");", "line 1, column 46: the single quote ' that closes the payload is missing"},
    {CALL "'{}';", "line 1, column 47: the parenthesis ) that closes the statement is missing"},
    {"call mysql.rds_import_binlog_ssl_material '{}');", "line 1, column 43: the parenthesis ( that opens"},
    {"call /* x */ mysql.", "a JSON object is expected, or call mysql."},
    {"'{},", "line 1, column 4: the single quote ' that closes the payload is missing"},
    {"{}'", "line 1, column 3: this single quote has no opening one before the {"},
    {"{}');", "line 1, column 3: this single quote has no opening one before the {"},
    {"'{}' x", "nothing but white space may follow"},
    {CALL "'{}') x", "nothing but white space may follow"},
};

TEST(a_quote_or_a_parenthesis_that_is_missing_is_named_with_its_place)
{
    for (size_t i = 0; i < COUNT_OF(halves); i++) {
        struct frame frame = {0};
        struct fault f = {0};
        law_expect(frame_pieces_take(&frame, halves[i].text, &f), &f, REASON_MALFORMED_JSON);
        if (strstr(f.message, halves[i].sentence) == NULL)
            fail_msg("%zu: %s", i, f.message);
        frame_done(&frame);
    }
}

static const struct {
    const char *text, *sentence;
} cut_off[] = {
    {CALL "'{}", "' is missing after its last }"},
    {CALL "'{}\n", "' is missing after its last }"},
    {"'{}", "' is missing after its last }"},
    {CALL "'{}'\n", ") is missing after the payload's '"},
};

TEST(a_missing_end_is_named)
{
    for (size_t i = 0; i < COUNT_OF(cut_off); i++) {
        struct frame frame = {0};
        struct fault f = {0};
        assert_int_equal(frame_pieces_take(&frame, cut_off[i].text, &f), 0);
        law_expect(frame_refuse_unfinished(&frame, &f), &f, REASON_MALFORMED_JSON);
        if (strstr(f.message, cut_off[i].sentence) == NULL)
            fail_msg("%zu: %s", i, f.message);
        frame_done(&frame);
    }
}

TEST(an_unfinished_statement_is_not_a_document)
{
    static const char whole[] = CALL "'{}'";
    for (size_t length = 1; length < sizeof(whole); length++) {
        struct frame frame = {0};
        struct fault f = {0};
        assert_int_equal(frame_take(&frame, (struct span){(const unsigned char *)whole, length}, &f), 0);
        assert_false(frame.complete);
        assert_true(frame_is_unfinished(&frame));
        law_expect(frame_refuse_unfinished(&frame, &f), &f, REASON_MALFORMED_JSON);
        assert_null(strstr(f.message, "column 0"));
        frame_done(&frame);
    }
}
