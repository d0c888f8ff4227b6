/*
 * action: what a document can ask for.
 */
#ifndef CERTFS_CORE_REQUEST_ACTION_H
#define CERTFS_CORE_REQUEST_ACTION_H

#include <stdbool.h>

enum action {
    ACTION_NONE,
    ACTION_IMPORT_MATERIAL, /* rds_import_binlog_ssl_material: all three ssl_ members */
    ACTION_REMOVE_MATERIAL, /* rds_remove_binlog_ssl_material */
    ACTION_RESTORE_PREVIOUS,
    ACTION_IMPORT_CERTIFICATE, /* this and all below: AWS DMS's, answered in its shapes */
    ACTION_DESCRIBE_CERTIFICATES,
    ACTION_DELETE_CERTIFICATE,
    ACTION_ADD_TAGS,
    ACTION_LIST_TAGS,
    ACTION_REMOVE_TAGS,
    ACTION_COUNT,
};

/* The name of an action as it stands in documents and in `status`; "none" for ACTION_NONE. */
const char *action_name(enum action action);

/* The action with this name, ACTION_NONE where there is none. */
enum action action_find(const char *name);

/* Whether it is one of AWS DMS's. */
bool action_is_dms(enum action action);

/* Whether it removes a set. */
bool action_is_removal(enum action action);

#endif
