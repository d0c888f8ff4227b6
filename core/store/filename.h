/*
 * filename: the kinds of files in a store, by their names.
 */
#ifndef CERTFS_CORE_STORE_FILENAME_H
#define CERTFS_CORE_STORE_FILENAME_H

enum filename {
    FILENAME_FOREIGN,
    FILENAME_RECORD,   /* 64 hexadecimal digits */
    FILENAME_UNOPENED, /* a record that was put aside: NAME.unopened, NAME.unopened.2, ... */
    FILENAME_MARK,     /* the generation counter's: generation.N, or as an older certfs wrote it, generation */
};

enum { FILENAME_DIGITS = 64 };

enum filename filename_of(const char *name);

#endif
