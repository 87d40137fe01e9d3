/* Leaves and names: values that come from outside, new names, the parts of a tuple. None is run:
 * a plan resolves them. */
#include "build.h"
#include "saddle/status.h"

static int same(sd_graph *g, sd_ref self, const sd_ref *in, sd_ref *out) {
  (void)g, (void)self;
  out[0] = in[0];
  return SD_OK;
}

const sd_op sd_op_input = {.name = "input"};
const sd_op sd_op_capture = {.name = "capture"};
const sd_op sd_op_alias = {.name = "alias",
                           .nargs = 1,
                           .infer = sd_infer_like,
                           .reverse = same,
                           .forward = same,
                           .column = sd_column_aligned,
                           .flops = sd_flops_none};
const sd_op sd_op_part = {.name = "part", .nargs = 1}; /* its derivatives are its tuple's */

const sd_op *const sd_family_leaf[] = {&sd_op_input, &sd_op_capture, &sd_op_alias, &sd_op_part,
                                       NULL};
