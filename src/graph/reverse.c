/* Reverse mode: cotangents flow from outputs to leaves, against the order of recording.
 *
 * Each node's rule turns the cotangents of its outputs into those of its arguments, as new nodes;
 * where several arrive they are added. Only nodes between wrt and out are visited. */
#include "build.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <string.h>

typedef struct sweep {
  sd_graph *g;
  int last;     /* the newest node that the sweep visits */
  sd_ref *cot;  /* of nodes 1..last */
  char *active; /* which of them depend on wrt */
  char *is_wrt;
} sweep;

void sd_mark_active(const sd_graph *g, int last, int nwrt, const sd_ref *wrt, char *active,
                    char *is_wrt) {
  for (int k = 0; k < nwrt; k++)
    if (wrt[k] <= last) active[wrt[k]] = is_wrt[wrt[k]] = 1;
  for (sd_ref r = 1; r <= last; r++) {
    const sd_node *n = sd_node_at(g, r);
    if (n->op == &sd_op_stop_gradient) continue; /* what is behind it needs no rule */
    for (int k = 0; k < n->nargs && !active[r]; k++) active[r] = active[n->args[k]];
  }
}

/* The cotangent x of node r, added to what is there. */
static int gather(sweep *s, sd_ref r, sd_ref x) {
  if (x < 0) return x;
  s->cot[r] = g_add(s->g, s->cot[r], x);
  return s->cot[r] < 0 ? s->cot[r] : SD_OK;
}

static int visit(sweep *s, sd_ref r) {
  const sd_node *n = sd_node_at(s->g, r);
  sd_ref few[SD_FEW] = {0}, *bar = few;
  int some = 0, status;
  for (int j = 0; j < n->nouts; j++) some |= s->cot[r + j] != 0;
  if (!some || s->is_wrt[r] || n->op == &sd_op_part) return SD_OK;
  if (n->op->reverse == NULL)
    return sd_graph_refuse(s->g, SD_EARG, "%s: has no reverse derivative", n->op->name);
  if (n->nargs > SD_FEW) {
    bar = sd_alloc((size_t)n->nargs, sizeof *bar);
    if (bar == NULL) return SD_ENOMEM;
    memset(bar, 0, (size_t)n->nargs * sizeof *bar);
  }
  for (int k = 0; k < n->nargs && n->op->asks; k++) bar[k] = s->active[n->args[k]] ? 0 : SD_UNASKED;
  sd_graph_place(s->g, n->source, n->line);
  status = n->op->reverse(s->g, r, &s->cot[r], bar);
  for (int k = 0; k < n->nargs && status == SD_OK; k++)
    if (s->active[n->args[k]] && bar[k] != 0) status = gather(s, n->args[k], bar[k]);
  if (bar != few) sd_free(bar);
  return status;
}

static int reverse(sweep *s, int nout, const sd_ref *out, const sd_ref *cot) {
  int status = SD_OK;
  for (int j = 0; j < nout && status == SD_OK; j++)
    if (cot[j] != 0 && s->active[out[j]]) status = gather(s, out[j], cot[j]);
  for (sd_ref r = s->last; r >= 1 && status == SD_OK; r--)
    if (s->active[r]) status = visit(s, r);
  return status;
}

int sd_reverse(sd_graph *g, int nout, const sd_ref *out, const sd_ref *cot, int nwrt,
               const sd_ref *wrt, sd_ref *bar) {
  sweep s = {g, 0, NULL, NULL, NULL};
  int status = SD_OK;
  for (int j = 0; j < nout; j++) {
    sd_ref end = out[j] > 0 ? sd_last_output(g, out[j]) : 0;
    if (out[j] < 0) return out[j];
    if (end > s.last) s.last = end;
  }
  size_t n = (size_t)s.last + 1;
  s.cot = sd_alloc(n, sizeof *s.cot);
  s.active = sd_alloc(n, 2);
  if (s.cot == NULL || s.active == NULL) status = SD_ENOMEM;
  if (status == SD_OK) {
    memset(s.cot, 0, n * sizeof *s.cot);
    memset(s.active, 0, 2 * n);
    s.is_wrt = s.active + n;
    sd_mark_active(g, s.last, nwrt, wrt, s.active, s.is_wrt);
    status = reverse(&s, nout, out, cot);
    for (int k = 0; k < nwrt; k++) bar[k] = wrt[k] <= s.last ? s.cot[wrt[k]] : 0;
  }
  sd_free(s.cot);
  sd_free(s.active);
  return status;
}
