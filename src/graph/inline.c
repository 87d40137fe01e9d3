/* Copying what some outputs need from one graph into another: dead nodes stay behind, aliases
 * disappear, and equal applications meet. */
#include "ops.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <string.h>

typedef struct copy {
  sd_graph *to;
  const sd_graph *from;
  sd_ref *map;               /* node of from -> node of to; 0: not needed */
  const char *source, *kept; /* the last place's name there and here */
} copy;

static int set_place(copy *c, const sd_node *n) {
  if (n->source != c->source) {
    c->source = n->source;
    c->kept = n->source ? sd_graph_string(c->to, n->source) : NULL;
    if (n->source && c->kept == NULL) return SD_ENOMEM;
  }
  sd_graph_place(c->to, c->kept, n->line);
  return SD_OK;
}

static sd_ref copy_node(copy *c, const sd_node *n, const sd_ref *in) {
  sd_ref few[SD_FEW], *args = few, result;
  if (n->op == &sd_op_input) return in[n->attr.k[0]];
  int status = set_place(c, n);
  if (status != SD_OK) return status;
  if (n->op == &sd_op_capture)
    return sd_graph_capture(c->to, sd_graph_capture_at(c->from, (int)n->attr.k[0]));
  if (n->op == &sd_op_alias) return c->map[n->args[0]];
  if (n->op == &sd_op_part) return c->map[n->args[0]] + (sd_ref)n->attr.k[0];
  if (n->nargs > SD_FEW && (args = sd_alloc((size_t)n->nargs, sizeof *args)) == NULL)
    return SD_ENOMEM;
  for (int k = 0; k < n->nargs; k++) args[k] = c->map[n->args[k]];
  result = sd_emit(c->to, n->op, &n->attr, n->nargs, args, n->nouts);
  if (args != few) sd_free(args);
  return result;
}

int sd_graph_inline(sd_graph *g, const sd_graph *from, const sd_ref *in, int nout,
                    const sd_ref *outs, sd_ref *out) {
  int last = 0, status = SD_OK;
  for (int j = 0; j < nout; j++)
    if (outs[j] > last) last = outs[j];
  sd_ref *map = sd_alloc((size_t)last + 1, sizeof *map);
  if (map == NULL) return SD_ENOMEM;
  memset(map, 0, ((size_t)last + 1) * sizeof *map);
  for (int j = 0; j < nout; j++) map[outs[j]] = 1;
  for (sd_ref r = last; r >= 1; r--) {
    const sd_node *n = sd_node_at(from, r);
    for (int k = 0; k < n->nargs && map[r]; k++) map[n->args[k]] = 1;
  }
  copy c = {g, from, map, NULL, NULL};
  for (sd_ref r = 1; r <= last && status == SD_OK; r++)
    if (map[r]) {
      map[r] = copy_node(&c, sd_node_at(from, r), in);
      if (map[r] < 0) status = map[r];
    }
  for (int j = 0; j < nout && status == SD_OK; j++) out[j] = map[outs[j]];
  sd_free(map);
  return status;
}
