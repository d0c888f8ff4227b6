#include "fs/options/help.h"

#include <fuse_lowlevel.h>
#include <stdio.h>

static const char text[] =
    "usage: certfs [options] STORE MOUNTPOINT\n"
    "       certfs --check [--against OLD] < payload\n"
    "       certfs --new-key ID\n"
    "       certfs --guard MOUNTPOINT\n"
    "\n"
    "Serves TLS certificates and keys for a database server as read-only files.\n"
    "Write the JSON payload of mysql.rds_import_binlog_ssl_material to MOUNTPOINT/control;\n"
    "ca.pem, cert.pem and key.pem then stand in MOUNTPOINT, checked and complete.\n"
    "\n"
    "  STORE                       a directory (0700) of sealed records, or\n"
    "                              none: kept in memory only, and gone after a restart\n"
    "  MOUNTPOINT                  an existing directory\n"
    "\n"
    "  -f                          stay in the foreground, log to standard error\n"
    "  -d, -o debug                the same, and print every FUSE request\n"
    "  -s                          accepted, as by every FUSE program; changes nothing\n"
    "  --new-key ID                make a key-encryption key in kek_dir; never over an existing one\n"
    "  --guard MOUNTPOINT          make an empty mount point immutable: nothing can be written there\n"
    "                              while certfs is away; chattr -i undoes it\n"
    "  -h, --help                  print this help\n"
    "  -V, --version               print the version\n"
    "  --check                     judge the payload on standard input; needs no mount and no root\n"
    "  --against OLD               with --check: the served one, MOUNTPOINT or certificates/ID in it\n"
    "\n"
    "Who may do what:\n"
    "  -o owner=USER[:GROUP]       whom the .pem files belong to (root: mysql; others: yourself)\n"
    "  -o control_owner=USER[:GROUP]\n"
    "                              who may write to control (yourself)\n"
    "  -o key_mode=MODE            of key.pem and cwallet.sso, within 0440 (0400)\n"
    "  -o cert_mode=MODE           of ca.pem and cert.pem, within 0444 (0444)\n"
    "  -o control_mode=MODE        of control, within 0660 (0600)\n"
    "\n"
    "Through SQL:\n"
    "  -o sql_import=ID            import/ is there, for the set ID and the two rds_ requests alone;\n"
    "                              / is the root set\n"
    "  -o import_group=GROUP       who may create files in import/ (the group of owner)\n"
    "\n"
    "What is taken:\n"
    "  -o quota=N                  how many named sets there may be, 1 to 100000 (100)\n"
    "  -o region=REGION            of ARNs (us-east-1)\n"
    "  -o account=ACCOUNT          of ARNs, 12 digits (000000000000)\n"
    "\n"
    "Who hears of a change:\n"
    "  -o on_change=PROGRAM        run as the owner of the files after each change: an absolute path;\n"
    "                              has CERTFS_SET, CERTFS_GENERATION, CERTFS_MOUNT in its environment\n"
    "\n"
    "What seals the records of STORE:\n"
    "  -o kek_dir=DIR              where the key-encryption keys are ($CREDENTIALS_DIRECTORY, else\n"
    "                              /etc/certfs/keys)\n"
    "  -o kek=ID                   the key for requests that name none (certfs)\n"
    "\n"
    "Handed on to the kernel:\n"
    "  -o context=LABEL            the SELinux label of all files; also fscontext=, defcontext=,\n"
    "                              rootcontext=\n"
    "  -o fsname=NAME              what mount(8) shows as the source (STORE)\n"
    "  -o max_read=BYTES           the largest read request\n"
    "  -o allow_other              let other users in (always set when root mounts)\n"
    "  -o ro, noatime, ...         the common options of mount(8)\n"
    "  Root's mounts are always nosuid,nodev,noexec,allow_other,default_permissions.\n"
    "\n"
    "In /etc/fstab:\n"
    "  /var/lib/certfs  /run/certfs  fuse.certfs  owner=mysql,nofail,"
    "x-systemd.requires-mounts-for=/etc/certfs/keys,"
    "x-systemd.after=systemd-tmpfiles-setup.service  0  0\n"
    "\n"
    "The exit status is 0 once the mount answers, 1 if it could not be made, 2 if certfs was\n"
    "used wrongly. SIGTERM and SIGINT finish what runs and unmount; so does umount MOUNTPOINT.\n";

void help_print(void)
{
    fputs(text, stdout);
}

void help_print_version(const char *version)
{
    printf("certfs %s\nFUSE library %s\n", version, fuse_pkgversion());
}
