#include "core/request/members.h"

#include <stddef.h>

#include "core/base/fault.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Every member that any document can have, in the order of the two tables below. */
enum member {
    MEMBER_ACTION,
    MEMBER_CA,
    MEMBER_CERT,
    MEMBER_KEY,
    MEMBER_IDENTIFIER,
    MEMBER_PEM,
    MEMBER_WALLET,
    MEMBER_ACCEPT,
    MEMBER_KMS_KEY_ID,
    MEMBER_REPLACE,
    MEMBER_TAGS,
    MEMBER_TAG_KEYS,
    MEMBER_CERTIFICATE_ARN,
    MEMBER_RESOURCE_ARN,
    MEMBER_RESOURCE_ARN_LIST,
    MEMBER_FILTERS,
    MEMBER_MAX_RECORDS,
    MEMBER_MARKER,
    MEMBER_RECORD,
    MEMBER_CREATION_DATE,
    MEMBER_OWNER,
    MEMBER_VALID_FROM,
    MEMBER_VALID_TO,
    MEMBER_SIGNING_ALGORITHM,
    MEMBER_KEY_LENGTH,
    MEMBER_COUNT,
};

/* clang-format off */
static const struct json_member set_table[] = {
    {.name = "ssl_ca",         .kind = JSON_TEXT,  .offset = offsetof(struct request_set, ssl_ca)},
    {.name = "ssl_cert",       .kind = JSON_TEXT,  .offset = offsetof(struct request_set, ssl_cert)},
    {.name = "ssl_key",        .kind = JSON_TEXT,  .offset = offsetof(struct request_set, ssl_key)},
    {.name = "CertificatePem", .kind = JSON_TEXT,  .offset = offsetof(struct request_set, certificate_pem)},
    {.name = "CertificateWallet", .kind = JSON_TEXT, .offset = offsetof(struct request_set, wallet)},
    {.name = "Accept",         .kind = JSON_TEXTS, .offset = offsetof(struct request_set, accept)},
};

static const struct json_member record_table[] = {
    {.name = "Format",     .kind = JSON_NUMBER, .offset = offsetof(struct request_record, format)},
    {.name = "Generation", .kind = JSON_NUMBER, .offset = offsetof(struct request_record, generation)},
    {.name = "Committed",  .kind = JSON_NUMBER, .offset = offsetof(struct request_record, committed)},
    {.name = "Set",        .kind = JSON_NUMBER, .offset = offsetof(struct request_record, set)},
    {.name = "Created",    .kind = JSON_NUMBER, .offset = offsetof(struct request_record, created)},
    {.name = "Arn",        .kind = JSON_TEXT,   .offset = offsetof(struct request_record, arn)},
    /* The results of judging are read by the store alone (record_read.h). */
    {.name = "Judged", .kind = JSON_IGNORED},
    {.name = "Opened", .kind = JSON_IGNORED},
    {.name = "PreviousJudged", .kind = JSON_IGNORED},
    {.name = "PreviousOpened", .kind = JSON_IGNORED},
    {.name = "Previous",   .kind = JSON_OBJECT, .offset = offsetof(struct request_record, previous),
     .members = set_table, .count = COUNT(set_table)},
};

static const struct json_member tag_table[] = {
    {.name = "Key",         .kind = JSON_TEXT, .offset = offsetof(struct request_tag, key)},
    {.name = "Value",       .kind = JSON_TEXT, .offset = offsetof(struct request_tag, value)},
    {.name = "ResourceArn", .kind = JSON_TEXT, .offset = offsetof(struct request_tag, resource_arn)},
};

static const struct json_member filter_table[] = {
    {.name = "Name",   .kind = JSON_TEXT,  .offset = offsetof(struct request_filter, name)},
    {.name = "Values", .kind = JSON_TEXTS, .offset = offsetof(struct request_filter, values)},
};

static const struct json_member member_table[MEMBER_COUNT] = {
    [MEMBER_ACTION]     = {.name = "Action",   .kind = JSON_TEXT, .offset = offsetof(struct request, written_action)},
    [MEMBER_CA]         = {.name = "ssl_ca",   .kind = JSON_TEXT, .offset = offsetof(struct request, set.ssl_ca)},
    [MEMBER_CERT]       = {.name = "ssl_cert", .kind = JSON_TEXT, .offset = offsetof(struct request, set.ssl_cert)},
    [MEMBER_KEY]        = {.name = "ssl_key",  .kind = JSON_TEXT, .offset = offsetof(struct request, set.ssl_key)},
    [MEMBER_IDENTIFIER] = {.name = "CertificateIdentifier", .kind = JSON_TEXT,
                           .offset = offsetof(struct request, identifier)},
    [MEMBER_PEM]        = {.name = "CertificatePem", .kind = JSON_TEXT,
                           .offset = offsetof(struct request, set.certificate_pem)},
    [MEMBER_WALLET]     = {.name = "CertificateWallet", .kind = JSON_TEXT,
                           .offset = offsetof(struct request, set.wallet)},
    [MEMBER_ACCEPT]     = {.name = "Accept",   .kind = JSON_TEXTS, .offset = offsetof(struct request, set.accept)},
    [MEMBER_KMS_KEY_ID] = {.name = "KmsKeyId", .kind = JSON_TEXT,  .offset = offsetof(struct request, kms_key_id)},
    [MEMBER_REPLACE]    = {.name = "Replace",  .kind = JSON_FLAG,  .offset = offsetof(struct request, replace)},
    [MEMBER_TAGS]       = {.name = "Tags",     .kind = JSON_LIST,  .offset = offsetof(struct request, tags),
                           .members = tag_table, .count = COUNT(tag_table), .item_size = sizeof(struct request_tag),
                           .item_max = REQUEST_TAGS_MAX, .counter = offsetof(struct request, tag_count)},
    [MEMBER_TAG_KEYS]   = {.name = "TagKeys",  .kind = JSON_TEXTS, .offset = offsetof(struct request, tag_keys)},
    [MEMBER_CERTIFICATE_ARN] = {.name = "CertificateArn", .kind = JSON_TEXT, .offset = offsetof(struct request, arn)},
    [MEMBER_RESOURCE_ARN]    = {.name = "ResourceArn", .kind = JSON_TEXT,
                                .offset = offsetof(struct request, resource_arn)},
    [MEMBER_RESOURCE_ARN_LIST] = {.name = "ResourceArnList", .kind = JSON_TEXTS,
                                  .offset = offsetof(struct request, arns)},
    [MEMBER_FILTERS]    = {.name = "Filters",  .kind = JSON_LIST,  .offset = offsetof(struct request, filters),
                           .members = filter_table, .count = COUNT(filter_table),
                           .item_size = sizeof(struct request_filter), .item_max = REQUEST_FILTERS_MAX,
                           .counter = offsetof(struct request, filter_count)},
    [MEMBER_MAX_RECORDS] = {.name = "MaxRecords", .kind = JSON_NUMBER, .offset = offsetof(struct request, max_records)},
    [MEMBER_MARKER]     = {.name = "Marker",   .kind = JSON_TEXT,  .offset = offsetof(struct request, marker)},
    [MEMBER_RECORD]     = {.name = "Record",   .kind = JSON_OBJECT, .offset = offsetof(struct request, record),
                           .members = record_table, .count = COUNT(record_table)},
    /* Members of an element of DescribeCertificates' answer, which may be sent back as it is. */
    [MEMBER_CREATION_DATE]     = {.name = "CertificateCreationDate", .kind = JSON_IGNORED},
    [MEMBER_OWNER]             = {.name = "CertificateOwner", .kind = JSON_IGNORED},
    [MEMBER_VALID_FROM]        = {.name = "ValidFromDate", .kind = JSON_IGNORED},
    [MEMBER_VALID_TO]          = {.name = "ValidToDate", .kind = JSON_IGNORED},
    [MEMBER_SIGNING_ALGORITHM] = {.name = "SigningAlgorithm", .kind = JSON_IGNORED},
    [MEMBER_KEY_LENGTH]        = {.name = "KeyLength", .kind = JSON_IGNORED},
};

#define BIT(action) (UINT32_C(1) << (action))
#define SETS (BIT(ACTION_IMPORT_MATERIAL) | BIT(ACTION_IMPORT_CERTIFICATE))
#define RDS (BIT(ACTION_IMPORT_MATERIAL) | BIT(ACTION_REMOVE_MATERIAL) | BIT(ACTION_RESTORE_PREVIOUS))

/* The actions whose documents can have the member. */
static const uint32_t takers[MEMBER_COUNT] = {
    [MEMBER_ACTION]            = UINT32_MAX,
    [MEMBER_CA]                = BIT(ACTION_IMPORT_MATERIAL),
    [MEMBER_CERT]              = BIT(ACTION_IMPORT_MATERIAL),
    [MEMBER_KEY]               = BIT(ACTION_IMPORT_MATERIAL),
    [MEMBER_IDENTIFIER]        = RDS | BIT(ACTION_IMPORT_CERTIFICATE),
    [MEMBER_PEM]               = BIT(ACTION_IMPORT_CERTIFICATE),
    [MEMBER_WALLET]            = BIT(ACTION_IMPORT_CERTIFICATE),
    [MEMBER_ACCEPT]            = SETS | BIT(ACTION_RESTORE_PREVIOUS),
    [MEMBER_KMS_KEY_ID]        = SETS,
    [MEMBER_REPLACE]           = SETS,
    [MEMBER_TAGS]              = SETS | BIT(ACTION_ADD_TAGS),
    [MEMBER_TAG_KEYS]          = BIT(ACTION_REMOVE_TAGS),
    [MEMBER_CERTIFICATE_ARN]   = BIT(ACTION_DELETE_CERTIFICATE) | BIT(ACTION_IMPORT_CERTIFICATE),
    [MEMBER_RESOURCE_ARN]      = BIT(ACTION_ADD_TAGS) | BIT(ACTION_LIST_TAGS) | BIT(ACTION_REMOVE_TAGS),
    [MEMBER_RESOURCE_ARN_LIST] = BIT(ACTION_LIST_TAGS),
    [MEMBER_FILTERS]           = BIT(ACTION_DESCRIBE_CERTIFICATES),
    [MEMBER_MAX_RECORDS]       = BIT(ACTION_DESCRIBE_CERTIFICATES),
    [MEMBER_MARKER]            = BIT(ACTION_DESCRIBE_CERTIFICATES),
    [MEMBER_RECORD]            = SETS,
    [MEMBER_CREATION_DATE]     = BIT(ACTION_IMPORT_CERTIFICATE),
    [MEMBER_OWNER]             = BIT(ACTION_IMPORT_CERTIFICATE),
    [MEMBER_VALID_FROM]        = BIT(ACTION_IMPORT_CERTIFICATE),
    [MEMBER_VALID_TO]          = BIT(ACTION_IMPORT_CERTIFICATE),
    [MEMBER_SIGNING_ALGORITHM] = BIT(ACTION_IMPORT_CERTIFICATE),
    [MEMBER_KEY_LENGTH]        = BIT(ACTION_IMPORT_CERTIFICATE),
};

/* clang-format on */

/* ---- checking ---- */

static bool members_have(const struct request *request, enum member member)
{
    return json_is_present(&member_table[member], request);
}

/* A member that is not read is there only in the document; without one, waivers are there, but not their names. */
static bool members_are_given(const struct request *request, const struct json *document, enum member member)
{
    if (member == MEMBER_ACCEPT && document == NULL)
        return request->set.accepted != 0;
    if (member_table[member].kind == JSON_IGNORED)
        return document != NULL && json_has(document, member_table[member].name, NULL);
    return members_have(request, member);
}

static int members_refuse_surplus(const struct request *request, const struct json *document, struct fault *f)
{
    for (enum member member = MEMBER_ACTION; member < MEMBER_COUNT; member++) {
        bool taken = (takers[member] & BIT(request->action)) != 0;
        if (!taken && members_are_given(request, document, member))
            return fault_set(f, REASON_UNKNOWN_FIELD, member_table[member].name, "%s takes no %s; leave it out",
                             action_name(request->action), member_table[member].name);
    }
    return 0;
}

static int members_need(const struct request *request, enum member member, struct fault *f)
{
    const char *name = member_table[member].name;
    if (members_have(request, member))
        return 0;
    return fault_set(f, REASON_MISSING_FIELD, name, "%s is missing or empty; %s needs it", name,
                     action_name(request->action));
}

/* The root set has no tags and is always replaced, so Tags and Replace are invalid for it. */
static int members_refuse_for_root(const struct request *request, struct fault *f)
{
    static const enum member named[] = {MEMBER_REPLACE, MEMBER_TAGS};
    for (size_t i = 0; i < COUNT(named) && !members_have(request, MEMBER_IDENTIFIER); i++)
        if (members_have(request, named[i]))
            return fault_set(f, REASON_UNKNOWN_FIELD, member_table[named[i]].name,
                             "a set without CertificateIdentifier takes no %s", member_table[named[i]].name);
    return 0;
}

static int members_need_material(const struct request *request, bool sets, struct fault *f)
{
    for (enum member member = MEMBER_CA; member <= MEMBER_KEY && sets; member++)
        if (!members_have(request, member))
            return fault_set(f, REASON_MISSING_FIELD, member_table[member].name,
                             "ssl_ca, ssl_cert and ssl_key are all needed; %s is missing or empty",
                             member_table[member].name);
    return members_refuse_for_root(request, f);
}

/* The two sentences about the pair are AWS's own. */
static int members_need_certificate(const struct request *request, bool sets, struct fault *f)
{
    if (members_need(request, MEMBER_IDENTIFIER, f) != 0)
        return -1;
    if (!sets)
        return 0;
    if (members_have(request, MEMBER_PEM) && members_have(request, MEMBER_WALLET))
        return fault_set(f, REASON_UNKNOWN_FIELD, "CertificateWallet",
                         "CertificatePem and CertificateWallet are both there; exactly one of them is expected");
    if (!members_have(request, MEMBER_PEM) && !members_have(request, MEMBER_WALLET))
        return fault_set(f, REASON_MISSING_FIELD, "CertificatePem",
                         "Please provide a value for either for CertificatePem or for CertificateWallet.");
    return 0;
}

static int members_need_resource_and(const struct request *request, enum member other, struct fault *f)
{
    return members_need(request, MEMBER_RESOURCE_ARN, f) == 0 && members_need(request, other, f) == 0 ? 0 : -1;
}

static int members_check_complete(const struct request *request, bool sets, struct fault *f)
{
    switch (request->action) {
    case ACTION_IMPORT_MATERIAL:
        return members_need_material(request, sets, f);
    case ACTION_IMPORT_CERTIFICATE:
        return members_need_certificate(request, sets, f);
    case ACTION_DELETE_CERTIFICATE:
        return members_need(request, MEMBER_CERTIFICATE_ARN, f);
    case ACTION_ADD_TAGS:
        return members_need_resource_and(request, MEMBER_TAGS, f);
    case ACTION_REMOVE_TAGS:
        return members_need_resource_and(request, MEMBER_TAG_KEYS, f);
    case ACTION_LIST_TAGS:
        return members_have(request, MEMBER_RESOURCE_ARN_LIST) ? 0 : members_need(request, MEMBER_RESOURCE_ARN, f);
    default:
        return 0;
    }
}

int members_check(const struct request *request, const struct json *document, struct fault *f)
{
    return members_refuse_surplus(request, document, f) == 0 ? members_check_complete(request, document != NULL, f)
                                                             : -1;
}

/* ---- reading ---- */

int members_read(const struct json *document, struct request *ret, struct fault *f)
{
    return json_read(document, member_table, MEMBER_COUNT, ret, f);
}

void members_release(struct request *request)
{
    json_release(member_table, MEMBER_COUNT, request);
}
