#include "core/pem/damage.h"

#include "core/base/buf.h"
#include "core/pem/separator.h"
#include "core/pem/unlike.h"

static int damage_refuse_boundary(struct span line, size_t number, const struct damage_place *place, struct fault *f)
{
    if (boundary_has_other_dashes(line))
        return fault_set(f, REASON_MALFORMED_PEM, place->field,
                         "block %zu of %s: its dashes are not hyphens: a word processor changed them; use the original "
                         "file",
                         place->block, place->field);
    if (span_holds(line, "BEGIN%20") || span_holds(line, "BEGIN+"))
        return fault_set(f, REASON_MALFORMED_PEM, place->field,
                         "block %zu of %s: its BEGIN line is percent-encoded; decode the text first", place->block,
                         place->field);
    return fault_set(f, REASON_MALFORMED_PEM, place->field,
                     "block %zu of %s: a BEGIN or END line is broken, quoted, or has lost its other half, in line %zu",
                     place->block, place->field, number);
}

int damage_refuse(enum damage damage, struct span text, size_t offset, const struct damage_place *place,
                  struct fault *f)
{
    size_t number = separator_count_lines((struct span){text.data, offset}) + 1;
    if (damage == DAMAGE_BOUNDARY)
        return damage_refuse_boundary(separator_line(span_from(text, offset)), number, place, f);
    if (damage == DAMAGE_DRESS)
        return fault_set(
            f, REASON_MALFORMED_PEM, place->field,
            "block %zu of %s: from line %zu on other dashes, or text around each line; give it as plain PEM",
            place->block, place->field, number);
    if (!span_holds(text, "-----"))
        return fault_set(f, REASON_MALFORMED_PEM, place->field, "%s is not PEM: %s", place->field, unlike_pem(text));
    return fault_set(
        f, REASON_MALFORMED_PEM, place->field,
        "block %zu of %s: line %zu is base64 outside of it; a BEGIN or END line is broken, or it is left over",
        place->block, place->field, number);
}
