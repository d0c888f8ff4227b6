#include "fs/host/sanitizer.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BUILT_IN true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define BUILT_IN true
#endif
#endif

#ifndef BUILT_IN
#define BUILT_IN false
#endif

bool sanitizer_is_built_in(void)
{
    return BUILT_IN;
}
