#include "fs/report/event.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/base/fault.h"
#include "core/request/request.h"
#include "core/set/resource.h"
#include "fs/host/process.h"

static const char *event_or_none(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

void event_of_request(const struct journal_entry *entry, struct event *ret)
{
    bool import = entry->writer.via == VIA_IMPORT;
    bool refused = entry->fault.reason != REASON_NONE;
    ret->request = *entry;
    if (refused)
        ret->kind = import ? EVENT_REFUSED_IMPORT : EVENT_REFUSED_CONTROL;
    else if (entry->action == ACTION_DESCRIBE_CERTIFICATES || entry->action == ACTION_LIST_TAGS)
        ret->kind = EVENT_QUERY;
    else
        ret->kind = import ? EVENT_IMPORT : EVENT_CONTROL;
}

static struct resource *event_resource(const struct event *event)
{
    return event->kind == EVENT_OPEN ? event->open.resource : event->request.resource;
}

void event_keep(struct event *event)
{
    struct resource *resource = event_resource(event);
    if (resource != NULL)
        resource_ref(resource);
}

void event_done(struct event *event)
{
    resource_unref(event_resource(event));
}

uid_t event_user(const struct event *event)
{
    return event->kind == EVENT_OPEN ? event->open.uid : event->request.writer.uid;
}

int event_priority(const struct event *event)
{
    if (event->kind == EVENT_OPEN)
        return LOG_INFO;
    return event->request.fault.reason == REASON_NONE ? LOG_NOTICE : LOG_WARNING;
}

static void event_add_login(struct fields *fields, int64_t login)
{
    if (login >= 0)
        fields_add_number(fields, "login", (uint64_t)login);
    else
        fields_add(fields, "login", login == PROCESS_NO_LOGIN ? NULL : "?");
}

/* Adds the count, if it is more than 1, and the process. */
static void event_add_who(struct fields *fields, const struct writer *who, uint64_t count, bool several)
{
    if (count > 1)
        fields_add_number(fields, "count", count);
    if (several)
        fields_add(fields, "users", "several");
    fields_add_number(fields, "uid", who->uid);
    fields_add_number(fields, "gid", who->gid);
    event_add_login(fields, who->login);
    fields_add_number(fields, "pid", (uint64_t)who->pid);
    fields_add(fields, "program", who->program[0] == '\0' ? "?" : who->program);
}

static void event_write_open(const struct event_open *open, uint64_t count, bool several, struct fields *ret)
{
    struct writer who = {.uid = open->uid, .gid = open->gid, .pid = open->process.pid, .login = open->process.login};
    memcpy(who.program, open->process.program, sizeof(who.program));
    fields_add(ret, "event", "key_open");
    fields_add_time(ret, "time", open->time);
    event_add_who(ret, &who, count, several);
    fields_add(ret, "set", journal_set_name(open->resource->identifier));
    fields_add_number(ret, "generation", open->generation);
}

static void event_add_waived(struct fields *fields, uint32_t waived)
{
    char list[128];
    size_t used = 0;
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT && used < sizeof(list); reason++)
        if ((waived >> reason & 1) != 0)
            used +=
                (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used == 0 ? "" : "+", reason_name(reason));
    fields_add(fields, "waived", used == 0 ? NULL : list);
}

static void event_write_request(const struct journal_entry *entry, uint64_t count, bool several, struct fields *ret)
{
    bool refused = entry->fault.reason != REASON_NONE;
    fields_add(ret, "event", "request");
    fields_add_time(ret, "time", entry->time);
    fields_add(ret, "via", entry->writer.via == VIA_IMPORT ? "import" : "control");
    fields_add(ret, "action", entry->action == ACTION_NONE ? NULL : action_name(entry->action));
    fields_add(ret, "result", refused ? "refused" : "ok");
    fields_add(ret, "reason", refused ? reason_name(entry->fault.reason) : NULL);
    event_add_who(ret, &entry->writer, count, several);
    fields_add(ret, "set", entry->resource == NULL ? NULL : journal_set_name(entry->resource->identifier));
    fields_add_number(ret, "generation", entry->generation);
    fields_add(ret, "old", event_or_none(entry->old_sha256));
    fields_add(ret, "new", event_or_none(entry->new_sha256));
    event_add_waived(ret, entry->waived);
    fields_add(ret, "field", refused ? event_or_none(entry->fault.field) : NULL);
    fields_add(ret, "message", event_or_none(refused ? entry->fault.message : entry->sentence));
}

void event_write(const struct event *event, uint64_t count, bool several, struct fields *ret)
{
    *ret = (struct fields){.length = 0};
    if (event->kind == EVENT_OPEN)
        event_write_open(&event->open, count, several, ret);
    else
        event_write_request(&event->request, count, several, ret);
}
