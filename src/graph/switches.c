/* Switches: at whose changes of sign the outputs of a graph go from one smooth piece to another. */
#include "ops.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <string.h>

enum { NEEDED = 1, DEPENDS = 2, MOVES = NEEDED | DEPENDS };

/* what[r] of nodes 1..last: whether outs need them, whether they depend on wrt. */
static void mark(const sd_graph *g, int nwrt, const sd_ref *wrt, int nout, const sd_ref *outs,
                 int last, char *what) {
  memset(what, 0, (size_t)last + 1);
  for (int k = 0; k < nwrt; k++)
    if (wrt[k] <= last) what[wrt[k]] |= DEPENDS;
  for (int j = 0; j < nout; j++) what[outs[j]] |= NEEDED;
  for (sd_ref r = 1; r <= last; r++) {
    const sd_node *n = sd_node_at(g, r);
    for (int k = 0; k < n->nargs; k++) what[r] |= what[n->args[k]] & DEPENDS;
  }
  for (sd_ref r = last; r >= 1; r--) {
    const sd_node *n = sd_node_at(g, r);
    for (int k = 0; k < n->nargs; k++) what[n->args[k]] |= what[r] & NEEDED;
  }
}

/* Appends what is not in the list yet. */
static int append(sd_ref *list, int n, const sd_ref *more, int count) {
  for (int i = 0; i < count; i++) {
    int k = 0;
    while (k < n && list[k] != more[i]) k++;
    list[k] = more[i];
    n += k == n;
  }
  return n;
}

int sd_graph_switches(sd_graph *g, int nwrt, const sd_ref *wrt, int nout, const sd_ref *outs,
                      sd_ref *sw, sd_ref *untold) {
  int last = 0, n = 0, status = SD_OK;
  *untold = 0;
  for (int j = 0; j < nout; j++) {
    if (outs[j] < 0) return outs[j];
    if (outs[j] > last) last = outs[j];
  }
  char *what = sd_alloc((size_t)last + 1, 1);
  if (what == NULL) return SD_ENOMEM;
  mark(g, nwrt, wrt, nout, outs, last, what);
  for (sd_ref r = 1; r <= last && status >= 0; r++) {
    const sd_node *node = sd_node_at(g, r);
    sd_ref mine[SD_KINKS] = {0};
    if ((what[r] & MOVES) != MOVES || node->op->kink == NULL) continue;
    sd_graph_place(g, node->source, node->line);
    status = node->op->kink(g, r, mine);
    if (status == SD_UNTOLD && *untold == 0) *untold = r;
    if (status >= 0 && status != SD_UNTOLD) n = append(sw, n, mine, status);
  }
  sd_free(what);
  return status < 0 ? status : n;
}
