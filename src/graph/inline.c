/* Copying what some outputs need from one graph into another: dead nodes stay behind, aliases
 * disappear, and equal applications meet. A copy may stop at a cut; sd_graph_split finds the cut
 * between what depends on some leaves and what does not. */
#include "ops.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <string.h>

typedef struct copy {
  sd_graph *to;
  const sd_graph *from;
  const sd_ref *in; /* what the inputs become; NULL: none is expected */
  int lower;        /* as plans run it */
  int ncut;
  const sd_ref *cut, *replacement;
  sd_ref *map; /* node of from -> node of to; 0: not needed */
  sd_origin last;
} copy;

int sd_graph_place_as(sd_graph *to, const sd_node *n, sd_origin *last) {
  if (n->source != last->source) {
    last->source = n->source;
    last->kept = n->source ? sd_graph_string(to, n->source) : NULL;
    if (n->source && last->kept == NULL) return SD_ENOMEM;
  }
  sd_graph_place(to, last->kept, n->line);
  return SD_OK;
}

sd_ref sd_graph_copy(sd_graph *to, const sd_graph *from, const sd_node *n, const sd_ref *map,
                     int lower, sd_origin *last) {
  sd_ref few[SD_FEW], *args = few, result;
  int status = sd_graph_place_as(to, n, last);
  if (status != SD_OK) return status;
  if (n->op == &sd_op_capture)
    return sd_graph_capture(to, sd_graph_capture_at(from, (int)n->attr.k[0]));
  if (n->op == &sd_op_alias) return map[n->args[0]];
  if (n->op == &sd_op_part) return map[n->args[0]] + (sd_ref)n->attr.k[0];
  if (n->nargs > SD_FEW && (args = sd_alloc((size_t)n->nargs, sizeof *args)) == NULL)
    return SD_ENOMEM;
  for (int k = 0; k < n->nargs; k++) args[k] = map[n->args[k]];
  result = lower && n->op->lower ? n->op->lower(to, n, args) : 0;
  if (result == 0) result = sd_emit(to, n->op, &n->attr, n->nargs, args, n->nouts);
  if (args != few) sd_free(args);
  return result;
}

static sd_ref copy_node(copy *c, const sd_node *n) {
  if (n->op == &sd_op_input) return c->in ? c->in[n->attr.k[0]] : SD_EARG;
  return sd_graph_copy(c->to, c->from, n, c->map, c->lower, &c->last);
}

/* map[r] <- 1 for the nodes that outs need, 0 for others; those of the cut need nothing. */
static void mark_needed(copy *c, int last, const char *is_cut, int nout, const sd_ref *outs) {
  for (int j = 0; j < nout; j++) c->map[outs[j]] = 1;
  for (sd_ref r = last; r >= 1; r--) {
    const sd_node *n = sd_node_at(c->from, r);
    for (int k = 0; k < n->nargs && c->map[r] && !is_cut[r]; k++) c->map[n->args[k]] = 1;
  }
}

static int copy_all(copy *c, int nout, const sd_ref *outs, sd_ref *out) {
  int last = 0, status = SD_OK;
  for (int j = 0; j < nout; j++)
    if (outs[j] > last) last = outs[j];
  size_t size = (size_t)last + 1;
  char *is_cut = sd_alloc(size, 1);
  c->map = sd_alloc(size, sizeof *c->map);
  if (c->map == NULL || is_cut == NULL) status = SD_ENOMEM;
  if (status == SD_OK) {
    memset(c->map, 0, size * sizeof *c->map);
    memset(is_cut, 0, size);
    for (int k = 0; k < c->ncut; k++)
      if (c->cut[k] <= last) is_cut[c->cut[k]] = 1;
    mark_needed(c, last, is_cut, nout, outs);
    for (int k = 0; k < c->ncut; k++)
      if (c->cut[k] <= last) c->map[c->cut[k]] = c->replacement[k];
    for (sd_ref r = 1; r <= last && status == SD_OK; r++) {
      if (c->map[r] == 0 || is_cut[r]) continue;
      c->map[r] = copy_node(c, sd_node_at(c->from, r));
      if (c->map[r] < 0) status = c->map[r];
    }
    for (int j = 0; j < nout && status == SD_OK; j++) out[j] = c->map[outs[j]];
  }
  sd_free(c->map);
  sd_free(is_cut);
  return status;
}

int sd_graph_extract(sd_graph *g, const sd_graph *from, const sd_ref *in, int ncut,
                     const sd_ref *cut, const sd_ref *replacement, int nout, const sd_ref *outs,
                     sd_ref *out) {
  copy c = {g, from, .in = in, .ncut = ncut, .cut = cut, .replacement = replacement};
  return copy_all(&c, nout, outs, out);
}

int sd_graph_inline(sd_graph *g, const sd_graph *from, const sd_ref *in, int nout,
                    const sd_ref *outs, sd_ref *out) {
  copy c = {g, from, .in = in};
  return copy_all(&c, nout, outs, out);
}

int sd_graph_lower(sd_graph *g, const sd_graph *from, const sd_ref *in, int nout,
                   const sd_ref *outs, sd_ref *out) {
  copy c = {g, from, .in = in, .lower = 1};
  return copy_all(&c, nout, outs, out);
}

int sd_graph_split(const sd_graph *g, int nwrt, const sd_ref *wrt, int nout, const sd_ref *outs,
                   sd_ref *cut) {
  enum { NEEDED = 1, DEPENDS = 2 };
  int last = 0, n = 0;
  for (int j = 0; j < nout; j++)
    if (outs[j] > last) last = outs[j];
  char *what = sd_alloc((size_t)last + 1, 1);
  if (what == NULL) return SD_ENOMEM;
  memset(what, 0, (size_t)last + 1);
  for (int k = 0; k < nwrt; k++)
    if (wrt[k] <= last) what[wrt[k]] |= DEPENDS;
  for (sd_ref r = 1; r <= last; r++) {
    const sd_node *node = sd_node_at(g, r);
    for (int k = 0; k < node->nargs; k++) what[r] |= what[node->args[k]] & DEPENDS;
  }
  for (int j = 0; j < nout; j++) what[outs[j]] |= NEEDED;
  for (sd_ref r = last; r >= 1; r--) {
    const sd_node *node = sd_node_at(g, r);
    if (!(what[r] & NEEDED)) continue;
    if (what[r] & DEPENDS)
      for (int k = 0; k < node->nargs; k++) what[node->args[k]] |= NEEDED;
    else if (node->op != &sd_op_full)
      cut[n++] = r;
  }
  sd_free(what);
  return n;
}
