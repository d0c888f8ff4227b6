#include "core/request/action.h"

#include <string.h>

/* clang-format off */
static const struct {
    const char *name;
    bool dms;
} actions[ACTION_COUNT] = {
    [ACTION_NONE]                  = {"none", false},
    [ACTION_IMPORT_MATERIAL]       = {"rds_import_binlog_ssl_material", false},
    [ACTION_REMOVE_MATERIAL]       = {"rds_remove_binlog_ssl_material", false},
    [ACTION_RESTORE_PREVIOUS]      = {"RestorePrevious", false},
    [ACTION_IMPORT_CERTIFICATE]    = {"ImportCertificate", true},
    [ACTION_DESCRIBE_CERTIFICATES] = {"DescribeCertificates", true},
    [ACTION_DELETE_CERTIFICATE]    = {"DeleteCertificate", true},
    [ACTION_ADD_TAGS]              = {"AddTagsToResource", true},
    [ACTION_LIST_TAGS]             = {"ListTagsForResource", true},
    [ACTION_REMOVE_TAGS]           = {"RemoveTagsFromResource", true},
};
/* clang-format on */

const char *action_name(enum action action)
{
    return actions[action].name;
}

bool action_is_dms(enum action action)
{
    return actions[action].dms;
}

bool action_is_removal(enum action action)
{
    return action == ACTION_REMOVE_MATERIAL || action == ACTION_DELETE_CERTIFICATE;
}

enum action action_find(const char *name)
{
    for (enum action action = ACTION_NONE; action < ACTION_COUNT; action++)
        if (strcmp(actions[action].name, name) == 0)
            return action;
    return ACTION_NONE;
}
