/* Forward mode: tangents flow from leaves to outputs, in the order of recording. Only nodes
 * between wrt and out are visited. */
#include "build.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <string.h>

/* The tangents of node r's outputs from those of its arguments, in tan[]. */
static int visit(sd_graph *g, sd_ref r, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, r);
  sd_ref few[SD_FEW], *dot = few;
  int some = 0, status;
  if (n->op == &sd_op_part) return SD_OK;
  if (n->nargs > SD_FEW && (dot = sd_alloc((size_t)n->nargs, sizeof *dot)) == NULL)
    return SD_ENOMEM;
  for (int k = 0; k < n->nargs; k++) {
    dot[k] = tan[n->args[k]];
    some |= dot[k] != 0;
  }
  sd_graph_place(g, n->source, n->line);
  if (!some)
    status = SD_OK;
  else if (n->op->forward == NULL)
    status = sd_graph_refuse(g, SD_EARG, "%s: has no forward derivative", n->op->name);
  else
    status = n->op->forward(g, r, dot, &tan[r]);
  if (dot != few) sd_free(dot);
  return status;
}

int sd_forward(sd_graph *g, int nwrt, const sd_ref *wrt, const sd_ref *dot, int nout,
               const sd_ref *out, sd_ref *dout) {
  int last = 0, status = SD_OK;
  for (int j = 0; j < nout; j++) {
    sd_ref end = out[j] > 0 ? sd_last_output(g, out[j]) : 0;
    if (out[j] < 0) return out[j];
    if (end > last) last = end;
  }
  size_t n = (size_t)last + 1;
  sd_ref *tan = sd_alloc(n, sizeof *tan);
  char *live = sd_alloc(n, 2), *is_wrt = live + n;
  if (tan == NULL || live == NULL) status = SD_ENOMEM;
  if (status == SD_OK) {
    memset(tan, 0, n * sizeof *tan);
    memset(live, 0, 2 * n);
    for (int j = 0; j < nout; j++) live[out[j]] = 1;
    for (int k = 0; k < nwrt; k++)
      if (wrt[k] <= last) is_wrt[wrt[k]] = 1, tan[wrt[k]] = dot[k];
    for (sd_ref r = last; r >= 1; r--) {
      const sd_node *node = sd_node_at(g, r);
      for (int k = 0; k < node->nargs && live[r]; k++) live[node->args[k]] = 1;
    }
    for (sd_ref r = 1; r <= last && status == SD_OK; r++)
      if (live[r] && !is_wrt[r]) status = visit(g, r, tan);
    for (int j = 0; j < nout && status == SD_OK; j++) dout[j] = tan[out[j]];
  }
  sd_free(tan);
  sd_free(live);
  return status;
}
