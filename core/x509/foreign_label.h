/*
 * foreign_label: the labels of blocks that are neither a certificate nor a key that TLS uses, wherever they stand.
 */
#ifndef CERTFS_CORE_X509_FOREIGN_LABEL_H
#define CERTFS_CORE_X509_FOREIGN_LABEL_H

/* Returns a description of the block with advice, to follow "is"; NULL for other labels. Static text. */
const char *foreign_label(const char *label);

#endif
