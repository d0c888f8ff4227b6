/*
 * help: the texts of -h and -V, on standard output.
 */
#ifndef CERTFS_FS_OPTIONS_HELP_H
#define CERTFS_FS_OPTIONS_HELP_H

void help_print(void);

/* Prints the versions of certfs and of libfuse. */
void help_print_version(const char *version);

#endif
