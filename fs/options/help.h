/*
 * help: what certfs tells about itself, on standard output.
 */
#ifndef CERTFS_FS_OPTIONS_HELP_H
#define CERTFS_FS_OPTIONS_HELP_H

/* What -h prints. */
void help_print(void);

/* What -V prints: the version of certfs and of the FUSE library. */
void help_print_version(const char *version);

#endif
