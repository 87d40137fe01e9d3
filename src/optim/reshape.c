/* Lengths and directions of steps: norms over leaves, and what cuts or rescales a list of leaves
 * (see saddle/optim.h). */
#include "rules.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <float.h>

/* The joint norm is recorded as sd.norm of a tree is (lua/saddle/tree.lua): its signs do not
 * matter, and plans know what to make of it. */
int sd_norms(sd_graph *g, int scope, int n, const sd_ref *a, sd_ref *norm) {
  int joins = scope == SD_GLOBAL && n > 1;
  for (int k = 0; k < n; k++) {
    norm[k] = !g_type(g, a[k]).number ? g_reduce(g, SD_REDUCE_NORM, 0, a[k])
              : joins                 ? a[k]
                                      : g_map(g, SD_MAP_ABS, a[k]);
    if (norm[k] < 0) return norm[k];
  }
  if (!joins) return SD_OK;
  sd_ref joint = sd_emit(g, &sd_op_vcat, NULL, n, norm, 1);
  joint = g_reduce(g, SD_REDUCE_NORM, 0, joint);
  for (int k = 0; k < n; k++) norm[k] = joint;
  return joint < 0 ? joint : SD_OK;
}

/* One product for all elements, by a number that must not overflow: a of 0 stays 0. */
sd_ref sd_resized(sd_graph *g, sd_ref a, sd_ref norm, sd_ref length) {
  int single = g_type(g, a).dtype == SD_F32;
  double least = single ? (double)FLT_MIN : DBL_MIN, most = single ? (double)FLT_MAX : DBL_MAX;
  sd_ref factor = g_div(g, length, g_zip(g, SD_ZIP_MAX, norm, g_num(g, least)));
  factor = g_zip(g, SD_ZIP_MIN, factor, g_num(g, most));
  return g_mul(g, g_zip(g, SD_ZIP_MAX, factor, g_num(g, -most)), a);
}

static sd_ref columns(sd_graph *g, sd_ref a, sd_ref p) {
  int number = g_type(g, a).number;
  return g_mul(g, number ? g_map(g, SD_MAP_SIGN, a) : g_line(g, &sd_op_normalize, 1, a), p);
}

/* Leaf k, given the norms that it needs: its own, and the other list's. */
static sd_ref reshaped(sd_graph *g, int how, const sd_reshape *r, int k, sd_ref norm,
                       sd_ref other) {
  sd_ref a = r->a[k];
  switch (how) {
  case SD_GRAFT: return sd_resized(g, a, norm, other);
  case SD_SHORTEN: return g_mul(g, a, g_div(g, r->p, g_zip(g, SD_ZIP_MAX, norm, r->p)));
  case SD_RESIZE: return sd_resized(g, a, norm, r->p);
  case SD_COLUMNS: return columns(g, a, r->p);
  default: return g_zip(g, SD_ZIP_MIN, g_zip(g, SD_ZIP_MAX, a, r->p), r->q);
  }
}

int sd_optim_reshape(sd_graph *g, int how, const sd_reshape *r) {
  int status = SD_OK, measured = how == SD_GRAFT || how == SD_SHORTEN || how == SD_RESIZE;
  if (how < 0 || how >= SD_RESHAPES)
    return sd_graph_refuse(g, SD_EARG, "optim: there is no reshaping of number %d", how);
  size_t n = (size_t)r->n;
  sd_ref *norm = sd_alloc(2 * n, sizeof *norm);
  if (norm == NULL) return SD_ENOMEM;
  if (measured) status = sd_norms(g, r->scope, r->n, r->a, norm);
  if (how == SD_GRAFT && status == SD_OK) status = sd_norms(g, r->scope, r->n, r->b, norm + n);
  for (int k = 0; k < r->n && status == SD_OK; k++) {
    r->out[k] =
        reshaped(g, how, r, k, measured ? norm[k] : 0, how == SD_GRAFT ? norm[r->n + k] : 0);
    if (r->out[k] < 0) status = r->out[k];
  }
  sd_free(norm);
  return status;
}
