/* For clang-tidy alone, which sees one file at a time and so does not know what the functions of fault.c return. */
#include "core/base/fault.h"

#define fault_set(...) (fault_set(__VA_ARGS__), -1)
#define fault_set_errno(...) (fault_set_errno(__VA_ARGS__), -1)
#define fault_no_memory(f) (fault_no_memory(f), -1)
#define fault_at(f, parent) (fault_at(f, parent), -1)
