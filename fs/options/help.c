#include "fs/options/help.h"

#include <fuse_lowlevel.h>
#include <stdio.h>

#include "fs/host/sanitizer.h"

static const char text[] =
    "usage: certfs [options] STORE MOUNTPOINT\n"
    "       certfs --check [--against OLD] < payload\n"
    "       certfs --new-key ID\n"
    "       certfs --guard MOUNTPOINT\n"
    "       certfs --reload PID\n"
    "\n"
    "Serves TLS certificates and keys for a database server as read-only files.\n"
    "Write the JSON payload of mysql.rds_import_binlog_ssl_material to MOUNTPOINT/control:\n"
    "if it is valid, ca.pem, cert.pem and key.pem appear in MOUNTPOINT.\n"
    "\n"
    "  STORE                       a directory (0700) for encrypted records, or\n"
    "                              none: sets are kept in memory and lost at a restart\n"
    "  MOUNTPOINT                  an existing directory\n"
    "\n"
    "  -f                          stay in the foreground and log to standard error\n"
    "  -d, -o debug                the same, and print each FUSE request\n"
    "  -s                          accepted as by every FUSE program, no effect\n"
    "  --new-key ID                create a key-encryption key in kek_dir; never overwrites one\n"
    "  --guard MOUNTPOINT          make an empty mount point immutable, so that nobody writes there\n"
    "                              while certfs is not mounted; chattr -i undoes it\n"
    "  --reload PID                have this supervisor go on as the program that is installed now\n"
    "  -h, --help                  print this help\n"
    "  -V, --version               print the version\n"
    "  --check                     check the payload on standard input; needs no mount and no root\n"
    "  --against OLD               with --check: compare with this payload, MOUNTPOINT or\n"
    "                              MOUNTPOINT/certificates/ID\n"
    "\n"
    "Owners and modes:\n"
    "  -o owner=USER[:GROUP]       owner of the .pem files (root: mysql; others: yourself)\n"
    "  -o control_owner=USER[:GROUP]\n"
    "                              owner of control (yourself)\n"
    "  -o worker_user=USER         user of the process that serves, and of STORE (root: certfs, if there\n"
    "                              is such a user; others: yourself)\n"
    "  -o key_mode=MODE            of key.pem and cwallet.sso, within 0440 (0400)\n"
    "  -o cert_mode=MODE           of ca.pem and cert.pem, within 0444 (0444)\n"
    "  -o control_mode=MODE        of control, within 0660 (0600)\n"
    "\n"
    "Import from SQL:\n"
    "  -o sql_import=ID            create import/, which takes the two rds_ requests for the set ID;\n"
    "                              / is the root set\n"
    "  -o import_group=GROUP       who may create files in import/ (the group of owner)\n"
    "\n"
    "Named sets:\n"
    "  -o quota=N                  the largest number of named sets, 1 to 100000 (100)\n"
    "  -o region=REGION            in ARNs (us-east-1)\n"
    "  -o account=ACCOUNT          in ARNs, 12 digits (000000000000)\n"
    "\n"
    "After a change:\n"
    "  -o on_change=PROGRAM        absolute path of a program to run as the owner of the files, with\n"
    "                              CERTFS_SET, CERTFS_GENERATION, CERTFS_MOUNT in its environment\n"
    "\n"
    "Encryption of STORE:\n"
    "  -o kek_dir=DIR              directory of the key-encryption keys ($CREDENTIALS_DIRECTORY, else\n"
    "                              /etc/certfs/keys)\n"
    "  -o kek=ID                   the key for requests that name none (certfs)\n"
    "\n"
    "Passed to the kernel:\n"
    "  -o context=LABEL            the SELinux label of all files; also fscontext=, defcontext=,\n"
    "                              rootcontext=\n"
    "  -o fsname=NAME              what mount(8) shows as the source (STORE)\n"
    "  -o max_read=BYTES           the largest read request\n"
    "  -o allow_other              let other users access the mount (always set for root)\n"
    "  -o ro, noatime, ...         the common options of mount(8)\n"
    "  Root's mounts are always nosuid,nodev,noexec,allow_other,default_permissions.\n"
    "\n"
    "In /etc/fstab:\n"
    "  /var/lib/certfs  /run/certfs  fuse.certfs  owner=mysql,nofail,"
    "x-systemd.requires-mounts-for=/etc/certfs/keys,"
    "x-systemd.after=systemd-tmpfiles-setup.service  0  0\n"
    "\n"
    "The exit status is 0 once the mount answers, 1 if mounting failed, 2 for wrong usage.\n"
    "SIGTERM, SIGINT and umount MOUNTPOINT end certfs after the running requests.\n";

void help_print(void)
{
    fputs(text, stdout);
}

void help_print_version(const char *version)
{
    printf("certfs %s\nFUSE library %s\n", version, fuse_pkgversion());
    if (sanitizer_is_built_in())
        puts("Built with a sanitizer: filters of system calls and the memory limit of judges are off");
}
