/*
 * importer: the thread that carries requests out.
 *
 * For each: validate, publish, tell the kernel, answer the write; in this order, so that whoever sees the write
 * return sees the new set. Then it wakes those who poll status. Nothing waits for it but the write it serves. It also
 * listens to the supervisor and lets go of retired generations when their time has come.
 */
#ifndef CERTFS_FS_IMPORTER_H
#define CERTFS_FS_IMPORTER_H

#include "core/fault.h"

struct importer;
struct job;
struct server;

/* Starts the thread. Faults: no_memory, store_failed (with errno). */
MUST_CHECK int importer_start(struct server *server, struct importer **ret, struct fault *f);

/*
 * Hands over a complete document and the write request that brought its last byte, which the importer answers with
 * its size or the fault's errno. There is always room: no more than SERVER_DOCUMENTS_MAX are in flight.
 */
void importer_submit(struct importer *importer, const struct job *job);

/* There is a file of import/ that may have to be refused one day: the importer sets its clock. */
void importer_wake(struct importer *importer);

/* Finishes what was submitted, ends the thread, releases. Accepts NULL. */
void importer_stop(struct importer *importer);

#endif
